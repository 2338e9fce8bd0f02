"""What a user of `prunelab plan` gets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from prunelab.cli import main
from prunelab.cli.arguments.from_options import chosen_plan
from prunelab.cli.arguments.mend_options import options_of
from prunelab.cli.arguments.parser import parser

ARTICLE = "plan --final-sparsity 0.875 --begin-step 1152 --end-step 5760 --frequency 100"
SIZE = "--steps 5760 --steps-per-epoch 192"

# Each of them has findings with mends; shares and defaults move with the run and the frequency.
MENDED = [
    f"{ARTICLE} --power 1 {SIZE}",
    f"{ARTICLE} --power 0.333 --samples 48000 --batch-size 250",
    "plan --begin-step 20% --end-step 100% --power 1 --epochs 7",
    "plan --begin-step 20% --end-step 8000 --power 1 --epochs 40",
    "plan --final-sparsity 0.9 --begin-step 10% --frequency 400",
    "plan --initial-sparsity 0.9 --final-sparsity 0.2 --begin-step 10% --frequency 40",
    "plan --schedule constant --begin-step 0 --frequency 5 --epochs 3",
    "plan --schedule constant --target-sparsity 0.2 --begin-step 2000",
    "plan --schedule constant --begin-step 0 --frequency 100 --steps 90",
    "plan --schedule cyclical --set cycles=5 --begin-step 20% --frequency 50",
    "plan --schedule iterative --set rounds=3 --end-step 100% --set begin-step=0",
    "plan --begin-step 200 --end-step 300 --steps 90 --steps-per-epoch 10",
]

BAD = {
    "percentage": ("--final-sparsity 87.5", "must be in range [0, 1)"),
    "no run": ("--steps 0", "steps=0 must be at least 1"),
    "too long": ("--steps 30000000", "a run of 30,000,000 steps"),
    "two runs": ("--steps 90 --samples 90", "--samples does not go with --steps"),
    "epochs of what": ("--steps-per-epoch 9", "give --steps too"),
    "no batch": ("--samples 90 --batch-size 0", "batch_size=0 must be at least 1"),
    "jump": ("--jump 30", "jump=30.0 must be in range (0, 1]"),
    "unknown data": ("--dataset minst", "'minst' is not known: use one of"),
    "unknown schedule": ("--schedule cubic", "'cubic' is not known: use one of"),
}  # fmt: skip


def run(words: str) -> int:
    try:
        return main(words.split())
    except SystemExit as exit_:
        return int(exit_.code or 0)


@pytest.mark.parametrize(("words", "told"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line_with_exit_code_2(words, told, capsys):
    assert run(f"plan {words}") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert told in err


def test_a_plan_without_findings_is_a_line_with_exit_code_0(capsys):
    assert run("plan") == 0
    out, err = capsys.readouterr()
    assert out == (
        "28 mask updates, first at step 216, last at step 864 of 1,080; "
        "reaches 87.50% sparsity and leaves 216 steps to recover.\n"
    )
    assert err == ""


def test_findings_come_with_mends_and_the_options_to_type(capsys):
    assert run(f"{ARTICLE} --power 1 {SIZE}") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("47 mask updates, first at step 1,152")
    assert lines[1] == (
        "warning: the last mask update is at step 5,752, before the end at step 5,760: "
        "it reaches 87.35% of the 87.50% asked for"
    )
    assert lines[2] == "  mend: end at step 5,752, the last mask update: --end-step 5752"
    assert [line.split(":")[0] for line in lines[1:]] == (["warning"] + ["  mend"] * 3) * 2


def test_notes_alone_are_exit_code_0(capsys):
    assert run("plan --schedule constant --begin-step 20%") == 0
    assert "\nnote: the mask update at step 216 raises" in capsys.readouterr().out


def test_an_error_is_exit_code_1(capsys):
    assert run("plan --schedule constant --begin-step 0 --frequency 100 --steps 90") == 1
    assert "\nerror: nothing will be pruned: " in capsys.readouterr().out


def test_the_baseline_has_no_findings(capsys):
    assert run("plan --schedule none") == 0
    assert capsys.readouterr().out.startswith("No pruning: 1,080 steps")


def test_limits_are_for_the_user_to_say(capsys):
    at_once = "plan --schedule constant --begin-step 0 --frequency 1"
    assert run(at_once) == 1
    assert run(f"{at_once} --trained") == 0
    assert "large-jump" in _codes(f"{at_once} --trained", capsys)
    assert "large-jump" not in _codes(f"{at_once} --trained --jump 90%", capsys)


def _codes(words: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    run(f"{words} --json")
    return [one["code"] for one in json.loads(capsys.readouterr().out)["findings"]]


def test_as_json_it_holds_the_plan_and_every_mended_schedule(capsys):
    assert run(f"{ARTICLE} --power 1 {SIZE} --json") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["schedule"]["config"]["end_step"] == 5760
    assert (told["steps"], told["steps_per_epoch"], told["updates"]) == (5760, 192, 47)
    assert (told["first_update"], told["last_update"]) == (1152, 5752)
    assert told["reached"] == pytest.approx(0.87348, abs=1e-5)
    first, second = told["findings"]
    assert (first["code"], first["severity"]) == ("target-missed", "warning")
    assert first["mends"][0]["schedule"]["config"]["end_step"] == 5752
    assert first["mends"][0]["options"] == ["--end-step", "5752"]
    epochs = [mend for mend in second["mends"] if mend["epochs"]]
    assert epochs[0]["options"] == ["--steps", "7104", "--steps-per-epoch", "192"]


@pytest.mark.parametrize("words", MENDED)
def test_the_options_of_a_mend_make_the_mended_plan(words):
    chosen = parser().parse_args(words.split())
    plan = chosen_plan(chosen)
    mends = [mend for one in plan.findings for mend in one.mends]
    assert mends
    for mend in mends:
        options, mended = options_of(chosen, plan, mend), mend.apply(plan)
        kept = words.split()
        if type(mended.schedule) is not type(plan.schedule):
            # Another kind of schedule has other options, and all of them are told.
            kept = ["plan", *(f"--epochs={chosen.epochs} --steps={chosen.steps}".split())]
            kept = [word for word in kept if "None" not in word]
        assert chosen_plan(parser().parse_args([*kept, *options])) == mended, mend.label


def test_a_schedule_of_ones_own_is_linted(tmp_path: Path, capsys):
    (tmp_path / "mine.py").write_text(
        "from prunelab import PruningSchedule\n"
        "class AtTheEnd(PruningSchedule):\n"
        "    def __call__(self, step): return step == 1070, 0.8\n"
        "    def get_config(self): return {'class_name': 'AtTheEnd', 'config': {}}\n"
    )
    assert run(f"plan --schedule {tmp_path / 'mine.py'}:AtTheEnd") == 1
    assert "warning: sparsity still rises from 0.00% to 80.00%" in capsys.readouterr().out
