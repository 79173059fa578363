"""Many callers' writes in one transaction: merged as long as all goes well, each inside its own savepoint once something fails."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.core.errors import FrontdeskError
from gateway.store.commit import Batch, commit, commit_apart
from gateway.store.log import Append, append
from gateway.store.steps import StatementFailed, Steps, guarded

Request = Batch | Append | Callable[[], Steps[Any]]
"""What one caller wants written: a commit, an event for the log, or any other steps."""


def together(requests: Sequence[Request]) -> Steps[list[Any]]:
    """Each request's result, or the FrontdeskError that it ends with. Raises StatementFailed: then take it all back, and go `apart`."""
    results: list[Any] = [None] * len(requests)
    batches = [(place, request) for place, request in enumerate(requests) if isinstance(request, Batch)]
    appends = [(place, request) for place, request in enumerate(requests) if isinstance(request, Append)]
    if appends:
        positions = yield from append([request for _, request in appends])
        _put(results, appends, positions)
    if batches:
        outcomes = yield from commit([request for _, request in batches])
        _put(results, batches, outcomes)
    for place, request in enumerate(requests):
        if not isinstance(request, Batch | Append):
            results[place] = yield from _said(request())
    return results


def apart(requests: Sequence[Request]) -> Steps[list[Any]]:
    """The same, but a request that fails takes none of its neighbours with it; its result is the error."""
    results: list[Any] = []
    for request in requests:
        try:
            results.append((yield from guarded(_one(request), "request")))
        except FrontdeskError as error:
            results.append(error)
    return results


def _one(request: Request) -> Steps[Any]:
    if isinstance(request, Batch):
        return (yield from commit_apart(request))
    if isinstance(request, Append):
        return (yield from append([request]))[0]
    return (yield from request())


def _said(steps: Steps[Any]) -> Steps[Any]:
    try:
        return (yield from steps)
    except StatementFailed:
        raise
    except FrontdeskError as error:
        return error


def _put(results: list[Any], places: Sequence[tuple[int, Any]], values: Sequence[Any]) -> None:
    for (place, _), value in zip(places, values, strict=True):
        results[place] = value
