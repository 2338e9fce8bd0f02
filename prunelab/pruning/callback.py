"""`PruneLowMagnitude`: magnitude pruning as one Keras 3 callback."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prunelab.errors import NothingToPrune, UsageError, warn
from prunelab.keras_internals.callback_order import call_last
from prunelab.keras_internals.fit_guard import in_evaluation, in_fit_of
from prunelab.keras_internals.step_wrapper import WrapOrder
from prunelab.pruning.backend import backend_for
from prunelab.pruning.checkpoint.load_hook import LoadHook
from prunelab.pruning.checkpoint.resuming import Resuming
from prunelab.pruning.checkpoint.state_file import PruningState
from prunelab.pruning.checks.grown_back import note_pruned
from prunelab.pruning.checks.missed_target import TargetWatch
from prunelab.pruning.execution_mode import ExecutionMode
from prunelab.pruning.layers.assignment import Assignment
from prunelab.pruning.masks.mask_rules import MaskRules
from prunelab.pruning.misuse import check_model, reports_misuse
from prunelab.pruning.session.base import Follower, Session
from prunelab.pruning.session.context import SessionContext
from prunelab.pruning.session.in_fit import GraphSession, HostSession, StepSession
from prunelab.pruning.session.in_loop import LoopSession
from prunelab.schedules import PruningSchedule

__all__ = ["PruneLowMagnitude", "pruning_of"]

# Where a model keeps the callback that prunes it, so that a recorder beside it needs no wiring.
_ATTRIBUTE = "_prunelab_pruning"

# What a copy makes anew.
_OF_ONE = frozenset(["_session", "_load_hook", "_watch", "_is_called_last"])

_SESSIONS: dict[ExecutionMode, Callable[[Any, SessionContext], Session]] = {
    ExecutionMode.STEP: StepSession,
    ExecutionMode.GRAPH: GraphSession,
    ExecutionMode.HOST: HostSession,
    ExecutionMode.LOOP: LoopSession,
}


def pruning_of(model: Any) -> PruneLowMagnitude | None:
    """The callback that prunes a model in its current `fit` or loop, if there is one."""
    found: PruneLowMagnitude | None = vars(model).get(_ATTRIBUTE)
    return found


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
            the same throughout. The control that shows what magnitude is worth.
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
        schedule: The schedule; a `ScheduleByLayer` for a mapping.
        assignment: Which weights of a model are pruned, each by which schedule.

    Source: semantics of `prune_low_magnitude` in tensorflow_model_optimization 0.8.1.
    """

    @reports_misuse
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
        self.assignment = Assignment(schedule, layers)
        rules = MaskRules.of(
            self.assignment.mapped,
            scope=scope,
            distribution=distribution,
            criterion=criterion,
            seed=seed,
            block_size=block_size,
            block_pooling_type=block_pooling_type,
            sparsity_m_by_n=sparsity_m_by_n,
        )
        super().__init__(backend)
        self.schedule = self.assignment.schedule
        self._rules = rules
        self._prepare()

    def _prepare(self) -> None:
        """Makes what belongs to one object alone (`_OF_ONE`)."""
        # From the beginning of training to its end.
        self._session: Session | None = None
        self._load_hook = LoadHook(self.resume)
        self._watch = TargetWatch(self.assignment.schedules)
        self._is_called_last = False

    def __getstate__(self) -> dict[str, Any]:
        """What a copy or a pickle carries: the settings, and how the model was left."""
        state = super().__getstate__()
        return {name: value for name, value in state.items() if name not in _OF_ONE}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Makes a copy: it goes on with that model, and begins anew with another one."""
        self.__dict__.update(state)
        self._prepare()

    @property
    def in_loop(self) -> bool:
        """Whether it prunes in a training loop of the user's own, and not in `fit`."""
        return self._session is not None and self._session.mode is ExecutionMode.LOOP

    def follow(self, follower: Follower) -> None:
        """Publishes what it does, to the end of this `fit` or loop.

        Args:
            follower: Called with an `UpdateRecord` right after masks changed, before the batch of
                that step trains; where a schedule answers a step at a time, at every step.

        Raises:
            UsageError: where it does not train now.
        """
        self._current_session().followers.append(follower)

    def set_model(self, model: Any) -> None:
        """Stands ready for weights that another callback loads as training begins."""
        check_model(model, "PruneLowMagnitude")
        if in_evaluation():
            # It stands among the callbacks of an `evaluate`, maybe one within its `fit`.
            return
        if self._session is not None and model is not self.model and in_fit_of(self.model):
            raise UsageError(
                f"PruneLowMagnitude is in a fit of model {self.model.name!r}: "
                f"give model {model.name!r} a new one"
            )
        # A loop may never have said that it was over.
        self.leave()
        super().set_model(model)
        # Before any callback begins: BackupAndRestore may stand before the pruning in the list.
        self._load_hook.attach(model)
        # Other callbacks, maybe behind this one, change weights as an evaluation begins or
        # training ends: what averages them, or brings back the best.
        self._is_called_last = call_last(self, self.on_test_begin, self._end)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Finds what to prune and puts the masks into the model's training step."""
        self._check_has_model()
        model = self.model
        self.backend.wrapped_step(model).refuse_second(WrapOrder.MASK)
        before = pruning_of(model)
        if before is not None:
            # It may be of a fit or a loop that never said that it was over.
            before.end_session()
        mode = self.backend.mode_in_fit(model) if in_fit_of(model) else ExecutionMode.LOOP
        self._session = _SESSIONS[mode](
            model,
            SessionContext(
                assignment=self.assignment,
                rules=self._rules,
                backend=self.backend,
                progress=self._progress,
                load_hook=self._load_hook,
                knows_steps=(self.params or {}).get("steps") is not None,
                resume_point=self._as_left,
                state=self.state,
                end_broken_fit=self.end_session,
                end_loop=self.leave,
            ),
        )
        object.__setattr__(model, _ATTRIBUTE, self)

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """All callbacks have begun, so how far the run goes is known; warns where that is amiss."""
        self._check_has_model()
        if self._session is not None:
            self._session.all_have_begun()
            self._session.look_again()
        params = self.params or {}
        self._watch.before(self.step, params.get("epochs", 0) - epoch, params.get("steps"))

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Counts the step and, where the schedule says so, chooses the masks anew."""
        self._current_session().begin_batch(batch)

    def on_test_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Evaluation inside `fit` sees masked weights; another one the model as it is."""
        if self._session is not None:
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
        if self._session is None:
            self.apply_masks()
        else:
            self._session.end_epoch()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Leaves the model with masked weights and its own training step; warns of a miss.

        Where it stands in a list of callbacks, this is done after all of them.
        """
        if self._is_called_last:
            self.apply_masks()
        else:
            self._end()

    def _end(self) -> None:
        """Training is over, and all other callbacks have been called."""
        if self._session is not None:
            try:
                self._session.look_again()
            except (NothingToPrune, UsageError) as error:
                # What was trained is not to be lost by it.
                warn(str(error))
        self.apply_masks()
        self.leave()
        note_pruned(self.model)
        self._watch.after(self.step, self.sparsity)

    def leave(self) -> None:
        """Leaves the model with its own methods and training step, and its weights as they are."""
        if self._session is not None:
            self.end_session()
            self._load_hook.detach()

    def end_session(self) -> None:
        """Ends what training has begun, where that broke off or another callback goes on."""
        if self._session is not None:
            session, self._session = self._session, None
            vars(session.model).pop(_ATTRIBUTE, None)
            session.end()

    def apply_masks(self) -> None:
        """Sets every dropped weight to zero, now."""
        self.weights.apply_masks()

    def resume(self, state: PruningState) -> None:
        """Goes on from a pruning state, at once or as soon as training begins."""
        self._progress.restored = state
        if self._session is not None:
            self._session.resume()

    def _current_session(self) -> Session:
        if self._session is None:
            self._check_has_model()
            raise UsageError(
                f"PruneLowMagnitude does not train model {self.model.name!r} now: call "
                "on_train_begin() before the first batch, and give one model one of them alone"
            )
        return self._session

    def _check_has_model(self) -> None:
        if self.model is None:
            raise UsageError(
                "PruneLowMagnitude has no model yet: call set_model(model) and then "
                "on_train_begin() before the first batch, or pass it to model.fit"
            )
