"""`PruneLowMagnitude`: magnitude pruning as one Keras 3 callback."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from prunelab.errors import NothingToPrune, UsageError, warn
from prunelab.keras_internals.callback_order import call_last
from prunelab.keras_internals.fit_guard import in_evaluation, in_fit_of
from prunelab.keras_internals.train_step import (
    StepWrapper,
    TrainStep,
    WrapOrder,
    WrappedStep,
)
from prunelab.keras_internals.trainer_parts import WITHOUT_MODEL
from prunelab.pruning.backend import backend_for
from prunelab.pruning.checkpoint.model_hooks import ModelHooks
from prunelab.pruning.checkpoint.resuming import Resuming
from prunelab.pruning.checks.grown_back import note_pruned, warn_if_grown
from prunelab.pruning.checks.missed_target import TargetWatch
from prunelab.pruning.execution_mode import ExecutionMode
from prunelab.pruning.layers.assignment import Assignment
from prunelab.pruning.layers.late_layers import has_unbuilt, last_turn
from prunelab.pruning.masks.pruning_config import PruningConfig
from prunelab.pruning.misuse import check_model, in_a_line
from prunelab.pruning.own_loop import OwnLoop
from prunelab.pruning.pruned_weights import PrunedWeights
from prunelab.pruning.rollback import Rollback
from prunelab.pruning.session.mask_updater import MaskUpdater
from prunelab.schedules import PruningSchedule, ScheduleByLayer

__all__ = ["PruneLowMagnitude", "pruning_of"]


# Where a model keeps the callback that prunes it, so that a recorder beside it needs no wiring.
_PLACE = "_prunelab_pruning"


# What a copy makes anew: it hangs on a model, on a `fit` or on other objects' place in memory.
_OF_ONE = frozenset(
    [
        "weights",
        "listeners",
        "_chooser",
        "_way",
        "_undo",
        "_wrapped",
        "_wrapper",
        "_graph_update",
        "_is_training",
        "_hooks",
        "_loop",
        "_watch",
        "_anew",
        "_has_last",
        "_late_from",
    ]
)


def pruning_of(model: Any) -> PruneLowMagnitude | None:
    """The callback that prunes a model in its current `fit` or loop, if there is one."""
    found: PruneLowMagnitude | None = vars(model).get(_PLACE)
    return (
        found
        if found is not None and (WrapOrder.MASK in WrappedStep.of(model).wrappers or found.in_loop)
        else None
    )


class PruneLowMagnitude(Resuming):
    """Sets the weights of smallest magnitude to zero while a model trains.

    `model.fit(x, y, callbacks=[PruneLowMagnitude(schedule)])` is all: the model stays what it is,
    and what it saves holds plain weights. At every batch, in this order: the step goes up by one
    (the first batch is step 1); if the schedule says so, the masks are chosen anew from the
    weights as they are; masked weights become zero; the batch trains, with gradients for all
    weights, so that a dropped weight may return at a later update. Evaluation, the end of an epoch
    and the end of training see masked weights.

    The masks are applied inside the model's own compiled `train_step`, which costs far less than
    a second call into TensorFlow a batch.

    A loop of one's own calls the callback where `fit` would, as with the reference. The masks then
    hold in every call of the model and of its layers, also within a `tf.function`; under
    `tf.distribute` they are applied where a batch begins:

        >>> pruning.set_model(model)
        >>> pruning.on_train_begin()
        >>> for epoch in range(epochs):
        ...     for batch, (x, y) in enumerate(data):
        ...         pruning.on_train_batch_begin(batch)
        ...         with tf.GradientTape() as tape:
        ...             loss = loss_of(y, model(x, training=True))
        ...         gradients = tape.gradient(loss, model.trainable_variables)
        ...         optimizer.apply_gradients(zip(gradients, model.trainable_variables))
        ...     pruning.on_epoch_end(epoch)
        >>> pruning.on_train_end()

    What is saved while `fit` runs is masked too, by whichever callback and in whatever order, and
    without a change to the training; so is what `get_weights`, `export`, `evaluate`, `predict` and
    calls give of the model and the models and layers inside it. Only who reads the variables
    themselves between two batches (`layer.kernel`, `tf.train.Checkpoint`, `tf.saved_model.save`)
    sees what gradients have made of dropped weights. What other callbacks change is masked again
    after all of them, before an evaluation and as training ends.

    A `.keras` or `.weights.h5` file that is saved during `fit` holds the pruning state besides:
    `PruneLowMagnitude(schedule).restore(path)` goes on from it, and
    `keras.callbacks.BackupAndRestore` does so by itself.

    A second `fit` of the same model with the same callback goes on where the first one ended, in
    steps and masks; so it does with that model loaded from a file, whose dropped weights are 0
    still. With another model it begins anew, and warns; a new callback begins anew.

    A copy (by `copy`, KerasTuner, scikit-learn's `clone`, a pickle) does the same: it has the
    settings, and the step and masks that the original had when it was copied. A layer given by
    `layers` stays the same one in a copy, and its path in a pickle.

    Where a schedule will prune nothing in the steps of a `fit`, or miss its target by more than a
    point, a `PruningWarning` says so in a line before the first step, and again at the end. After
    the last `fit` nothing holds the weights: one more without this callback lets them grow back
    (80 % sparsity to 7 % in one epoch), so leave it in, with a schedule that keeps its masks.

    Args:
        schedule: When masks change, and to what sparsity. Or a mapping of choices, each as for
            `layers` (several in a tuple), to schedules: the first choice that matches a weight
            wins, and weights that none matches are not pruned.
        layers: What is pruned; None for every kernel that can be. A layer or nested model; the
            name or path of a layer, or the path of a weight; a regular expression that matches one
            of these as a whole; a function that answers True for a layer; or a list of those.
            So matrices are chosen of layers that prunelab does not know, too. What else is not
            pruned by default, such as a depthwise kernel, only the whole path of the weight
            chooses. A layer of one's own with a method `get_prunable_weights()`, as for the
            reference, says itself which of its weights are pruned.
        scope: "layer", where each weight reaches the scheduled sparsity by itself, or "global":
            one threshold over all of them. A layer may then lose nearly everything, but its
            largest weight always stays.
        distribution: "uniform", or "erk" (Erdos-Renyi-Kernel, Evci et al. 2020, arXiv 1911.11134):
            large layers become sparser than small ones, and all together reach the sparsity.
        criterion: "magnitude", or "random": as many weights, but in an order of chance that stays
            the same throughout. The control that tells what magnitude is worth.
        seed: Of that order.
        block_size: Rows and columns that are kept or dropped together, in kernels of 2 dimensions.
        block_pooling_type: "AVG" or "MAX": a block's magnitude. Both as in the reference.
        sparsity_m_by_n: `(m, n)`: m zeros in every n neighbours along the input channels, in the
            reference's layout, for kernels of 2 or 4 dimensions. Unlike there, the zeros follow
            the schedule: at sparsity s they are s * n, rounded, and at most m.

    Raises:
        UsageError: for a value outside its range, or two that exclude each other; in `fit`, for
            a choice that matches nothing or names what cannot be pruned, a layer with LoRA (see
            `prunelab.pruning.merge_lora`), a weight that the structure does not fit, a second
            callback of this kind, and `steps_per_execution` above 1 together with
            `jit_compile=True` or several replicas.
        NothingToPrune: in `fit`, where the model has no weight to prune (see `prunable_kernels`).
        PruningWarning: in `fit`, where matrices of layers that prunelab does not know stay dense,
            or kernels are quantized, and `layers` was left out.
        PrunelabError: in `fit`, at an update where a weight is NaN or infinite. All masks are then
            as they were, since every one is chosen before any is put in place.

    Attributes:
        listeners: Called with the step right after masks changed, before its batch trains. Each
            `fit` begins without any.

    Source: semantics of `prune_low_magnitude` in tensorflow_model_optimization 0.8.1.
    """

    @in_a_line
    def __init__(
        self,
        schedule: PruningSchedule | Mapping[Any, PruningSchedule],
        *,
        layers: Any = None,
        scope: str = "layer",
        distribution: str = "uniform",
        criterion: str = "magnitude",
        seed: int = 0,
        block_size: Sequence[int] = (1, 1),
        block_pooling_type: str = "AVG",
        sparsity_m_by_n: Sequence[int] | None = None,
    ) -> None:
        backend = backend_for("PruneLowMagnitude")
        self.chosen = Assignment(schedule, layers)
        rules = PruningConfig.of(
            self.chosen.mapped,
            scope=scope,
            distribution=distribution,
            criterion=criterion,
            seed=seed,
            block_size=block_size,
            block_pooling_type=block_pooling_type,
            sparsity_m_by_n=sparsity_m_by_n,
        )
        super().__init__(backend)
        self.schedule = self.chosen.schedule
        self._rules = rules
        self._prepare()

    def _prepare(self) -> None:
        """Makes what belongs to one object alone (`_OF_ONE`)."""
        self.weights, self._is_training, self._anew = PrunedWeights(self.backend), False, ""
        self.listeners: list[Callable[[int], None]] = []
        self._chooser = MaskUpdater(self.chosen, self._rules)
        # Until training begins; on the way of `fit` nothing looks whether it has.
        self._way = ExecutionMode.LOOP
        self._loop: OwnLoop | None = None
        self._undo: Rollback | None = None
        self._graph_update = self.backend.graph_update()
        self._hooks: ModelHooks | None = None
        self._watch = TargetWatch(self.chosen.schedules)
        self._has_last = False
        # The step after which layers may have been built that are to be pruned, too.
        self._late_from: int | None = None

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle carries: the settings, and how the model was left."""
        state = {name: value for name, value in vars(self).items() if name not in _OF_ONE}
        return {**state, **WITHOUT_MODEL, "_left": self._as_left()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes a copy: it goes on with that model, and begins anew with another one."""
        self.__dict__.update(state)
        self._prepare()

    @property
    def in_loop(self) -> bool:
        """Whether it prunes in a training loop of the user's own, and not in `fit`."""
        return self._is_training and self._way is ExecutionMode.LOOP

    def set_model(self, model: Any) -> None:
        """Listens for weights that another callback loads as training begins."""
        check_model(model, "PruneLowMagnitude")
        if in_evaluation():
            # It stands among the callbacks of an `evaluate`, maybe one within its `fit`.
            return
        if self._is_training and model is not self.model and in_fit_of(self.model):
            raise UsageError(
                f"PruneLowMagnitude is in a fit of model {self.model.name!r}: "
                f"give model {model.name!r} a new one"
            )
        # A loop may never have said that it was over.
        self.leave()
        super().set_model(model)
        if self._hooks is not None:
            self._hooks.restore()
        self._hooks = ModelHooks(model, self)
        # Other callbacks, maybe behind this one, change weights as an evaluation begins or
        # training ends: what averages them, or brings back the best.
        self._has_last = call_last(self, self.on_test_begin, self._end)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds what to prune and puts the masks into the model's training step."""
        hooks = self._hooks_of_model()
        WrappedStep.of(self.model).refuse_second(WrapOrder.MASK)
        before = vars(self.model).get(_PLACE)
        if before is not None and before is not self:
            # Likewise.
            before.leave()
        self.listeners.clear()
        self._way = (
            self.backend.mode_in_fit(self.model) if in_fit_of(self.model) else ExecutionMode.LOOP
        )
        pairs = self._pairs()
        if [id(weight.kernel) for weight in self.weights] != [id(kernel) for kernel, _ in pairs]:
            self._begin(pairs)
        elif self._restored is None:
            warn_if_grown(self.model, self.weights)
        if self._way is ExecutionMode.STEP:
            self.weights.share_masks()
        self._is_training = True
        self._put_back()
        hooks.begin(calls=self._way is not ExecutionMode.LOOP)
        object.__setattr__(self.model, _PLACE, self)
        self._late_from = self.step + 1 if has_unbuilt(self.model) else None
        self._undo = None
        if (
            self._way in (ExecutionMode.STEP, ExecutionMode.HOST)
            and (self.params or {}).get("steps") is None
        ):
            self._undo = Rollback(self.backend.end_of_data, self._never_came)
        self._hold()

    def _hold(self) -> None:
        """Has the masks hold in every step from here on."""
        if self._way is ExecutionMode.LOOP:
            self._loop = self._loop or OwnLoop(self.model, self.weights, self.backend, self.leave)
            self._loop.begin()
            return
        call = self._undo.call if self._undo is not None else None
        if self._way is ExecutionMode.GRAPH:
            call = self._graph_update.call
        self._wrapped = WrappedStep.of(self.model)
        self._wrapper = StepWrapper(WrapOrder.MASK, self._masked, self._broken_off, call)
        self._wrapped.attach(self._wrapper)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """All callbacks have begun, so how far the run goes is known; warns where that is amiss."""
        self._all_have_begun()
        if self._is_training:
            self._look_again()
        params = self.params or {}
        self._watch.before(self.step, params.get("epochs", 0) - epoch, params.get("steps"))

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts the step and, where the schedule says so, chooses the masks anew."""
        self._batch = batch
        if self._late_from is not None and self.step >= self._late_from:
            self._late_from = None
            self._look_again()
        if self._way is ExecutionMode.GRAPH:
            return
        if self._way is ExecutionMode.LOOP:
            self._begin_batch_of_loop()
        if self._count():
            self._choose(self.step)
        if self._way is not ExecutionMode.STEP:
            self.apply_masks()

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Evaluation inside `fit` sees masked weights; another one the model as it is."""
        if self._is_training:
            self.apply_masks()

    def on_epoch_end(
        self, epoch: int = -1, logs: dict[str, Any] | None = None, *, batch: int = -1
    ) -> None:
        """What is saved at the end of an epoch holds masked weights.

        Args:
            epoch: The epoch; of no meaning here.
            logs: Keras's.
            batch: What the reference calls `epoch`, and a loop that was written for it passes.
        """
        self.apply_masks()
        if self._way is ExecutionMode.LOOP and self._loop is not None:
            self._loop.end_epoch()
            self._hooks_of_model().rest(True)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leaves the model with masked weights and its own training step; warns of a miss.

        Where it stands in a list of callbacks, this is done after all of them.
        """
        if self._has_last:
            self.apply_masks()
        else:
            self._end()

    def _end(self) -> None:
        """Training is over, and all other callbacks have heard so."""
        if self._is_training:
            try:
                self._look_again()
            except (NothingToPrune, UsageError) as error:
                # What was trained is not to be lost by it.
                warn(str(error))
        self.apply_masks()
        self.leave()
        note_pruned(self.model)
        self._watch.after(self.step, self.sparsity)

    def leave(self) -> None:
        """Leaves the model with its own training step, and its weights as they are."""
        if not self._is_training:
            return
        if self._way is not ExecutionMode.LOOP:
            self._wrapped.detach(self._wrapper)
        elif self._loop is not None:
            self._loop.end()
        self.model.__dict__.pop(_PLACE, None)
        self._is_training, self._way = False, ExecutionMode.LOOP
        self._hooks_of_model().restore()

    def apply_masks(self) -> None:
        """Sets every dropped weight to zero, now."""
        self.weights.apply_masks()

    def _pairs(self) -> list[tuple[Any, PruningSchedule]]:
        pairs = self.chosen.kernels(self.model)
        for kernel, _ in pairs:
            self._rules.check(kernel.path, kernel.shape)
        return pairs

    def _begin(self, pairs: list[tuple[Any, PruningSchedule]]) -> None:
        left, self._loop = self._as_left(), None
        self.weights = PrunedWeights(self.backend)
        self._take(pairs)
        self._go_on_from(left)

    def _look_again(self, *, in_step: bool = False) -> None:
        """Prunes what layers have become since training began: built, or of other weights.

        Args:
            in_step: Whether the training step is being traced, and will then hold the new masks.
        """
        pairs = self._pairs()
        if [id(weight.kernel) for weight in self.weights] == [id(kernel) for kernel, _ in pairs]:
            return
        self._take(pairs)
        if self._way is ExecutionMode.STEP:
            self.weights.share_masks()
        # Their turn may have been the first step, and the next one far away.
        turn = self.step if self._updated else last_turn(self.chosen.schedules, self.step)
        if turn and (self._updated or self._chooser.due(turn)):
            self._choose(turn)
        self._hooks_of_model().begin(calls=self._way is not ExecutionMode.LOOP)
        if not in_step:
            if self._loop is not None:
                self._loop.end()
                self._loop = None
            else:
                self._wrapped.detach(self._wrapper)
            self._hold()

    def _take(self, pairs: list[tuple[Any, PruningSchedule]]) -> None:
        """Takes weights under pruning; those that are so already keep their masks."""
        self.weights.become(
            [(kernel, self._chooser.lookahead_of(schedule)) for kernel, schedule in pairs]
        )
        self._chooser.begin(self.weights)
        for line in self.chosen.left_dense(self.model):
            warn(line)
        if isinstance(self.schedule, ScheduleByLayer):
            self.schedule.count((weight.schedule, weight.size) for weight in self.weights)

    def _choose(self, step: int) -> None:
        """Chooses and puts in place the masks of a step for which something is due."""
        values = self.weights.values()
        if self._undo is not None:
            self._undo.keep(self.weights, values)
        # All masks are chosen before any changes: an error leaves everything as it was.
        self.weights.set_masks(self._chooser.choose(step, self.weights, values))
        self._tell()

    def _hooks_of_model(self) -> ModelHooks:
        if self._hooks is None:
            raise UsageError(
                "PruneLowMagnitude has no model yet: call set_model(model) and then "
                "on_train_begin() before the first batch, or pass it to model.fit"
            )
        return self._hooks

    def _all_have_begun(self) -> None:
        self._hooks_of_model().all_have_begun()
        if self._anew:
            warn(self._anew)
            self._anew = ""

    def _begin_batch_of_loop(self) -> None:
        hooks = self._hooks_of_model()
        if not self.in_loop or self._loop is None or vars(self.model).get(_PLACE) is not self:
            raise UsageError(
                f"PruneLowMagnitude does not train model {self.model.name!r} now: call "
                "on_train_begin() before the first batch, and give one model one of them alone"
            )
        self._loop.begin_batch()
        hooks.rest(False)
        self._all_have_begun()

    def _broken_off(self) -> None:
        """The `fit` that has put the masks into the step was left by ctrl-C or an error."""
        self._is_training, self._way = False, ExecutionMode.LOOP
        self._hooks_of_model().close()

    def _never_came(self) -> None:
        """Keras began a batch more than there is."""
        self.step -= 1
        self._updated = False

    def _count(self) -> bool:
        self.step += 1
        self._updated = self._chooser.due(self.step)
        return self._updated

    def _tell(self) -> None:
        for heard in self.listeners:
            heard(self.step)

    def _all_masks(self, values: list[npt.NDArray[Any]]) -> list[npt.NDArray[np.bool_]]:
        """The masks of all weights after this step's choice, for a graph to put in place."""
        fresh = {}
        for weight, mask, threshold in self._chooser.choose(self.step, self.weights, values):
            weight.note(threshold, mask)
            fresh[id(weight)] = mask
        self._tell()
        return [
            fresh[id(weight)] if id(weight) in fresh else weight.mask() for weight in self.weights
        ]

    def _masked(self, step: TrainStep) -> TrainStep:
        """The training step with the masks applied before it."""
        if self._way is ExecutionMode.HOST:
            return step

        hooks = self._hooks_of_model()

        def masked_train_step(data: Any) -> Any:
            if self._late_from is not None and self.backend.build_by_tracing(step, data):
                self._late_from = None
                with self.backend.outside_trace():
                    self._look_again(in_step=True)
            if self._way is ExecutionMode.GRAPH:
                self._graph_update.trace(data, self.weights.variables, self._count, self._all_masks)
            self.weights.apply_masks_in_step()
            with hooks.mid_step.step():
                return step(data)

        return masked_train_step
