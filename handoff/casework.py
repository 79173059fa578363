"""Working on cases: the agents of its queue see one; one of them takes it, and resolves it."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.errors import Conflict, NotFound, StaleSession, TooLarge
from gateway.core.handoff import Agent, Case, CaseStatus, Note
from gateway.core.ids import CaseId
from gateway.core.parts import MAX_TEXT_BYTES
from gateway.core.ports import Page
from handoff.acting import TRIES, Acting, is_supervisor, may_see_case

UNRESOLVED = (CaseStatus.OPEN, CaseStatus.IN_PROGRESS)


class Casework(Acting):
    """List, view, take, resolve."""

    async def cases(self, agent: Agent, statuses: Sequence[CaseStatus] = UNRESOLVED, *, limit: int = 50, after: str = "") -> Page:
        """The cases in these statuses that the agent may see, oldest first. A page may hold fewer than `limit`, and another follow."""
        found = await self._store.cases(statuses, limit=limit, after=after)
        return Page(tuple(case for case in found.items if may_see_case(agent, case)), found.next)

    async def case(self, agent: Agent, case_id: CaseId) -> Case:
        """One case. Raises NotFound, also for one that the agent has no right to see."""
        case = await self._store.case(case_id)
        if case is None or not may_see_case(agent, case):
            raise NotFound("no such case")
        return case

    async def take_case(self, agent: Agent, case_id: CaseId) -> Case:
        """Make a case one's own. Raises Conflict where a colleague has it (a supervisor may take it all the same) or it is resolved."""

        def taken(case: Case) -> dict[str, Any]:
            self._check_workable(agent, case)
            return {"status": CaseStatus.IN_PROGRESS, "agent_id": agent.id}

        return await self._change_case(agent, case_id, "case_taken", taken)

    async def resolve_case(self, agent: Agent, case_id: CaseId, comment: str = "") -> Case:
        """Say that a case is done; the comment becomes a note to its session. An open one counts as taken first."""
        if len(comment.encode("utf-8", "surrogatepass")) > MAX_TEXT_BYTES:
            raise TooLarge("case_comment", f"{MAX_TEXT_BYTES} bytes of UTF-8 at most")
        now = self._clock.now()

        def resolved(case: Case) -> dict[str, Any]:
            self._check_workable(agent, case)
            return {"status": CaseStatus.RESOLVED, "agent_id": agent.id, "resolved_at": now}

        return await self._change_case(agent, case_id, "case_resolved", resolved, comment=comment)

    def _check_workable(self, agent: Agent, case: Case) -> None:
        if case.status is CaseStatus.RESOLVED:
            raise Conflict("the case is resolved already: reload", code="case_resolved")
        if case.agent_id not in (None, agent.id) and not is_supervisor(agent):
            raise Conflict("a colleague has taken this case: reload", code="case_taken")

    async def _change_case(
        self, agent: Agent, case_id: CaseId, action: str, fields: Callable[[Case], dict[str, Any]], *, comment: str = ""
    ) -> Case:
        for _ in range(TRIES):
            case = await self.case(agent, case_id)
            following = structs.replace(case, version=case.version + 1, **fields(case))
            notes = (await self._comment(agent, case, comment),) if comment.strip() else ()
            changes = Changes(cases=(following,), notes=notes, audits=(self._audit(agent.id, action, case_id),))
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self._tell(None, changes)
                return following
            if not isinstance(outcome, StaleSession):
                raise outcome
        raise StaleSession("the case keeps changing: reload and try again")

    async def _comment(self, agent: Agent, case: Case, comment: str) -> Note:
        session = await self._session(case.session_id)
        return Note(
            id=self._ids.new(), session_id=session.id, agent_id=agent.id, agent_name=agent.shown_name, at=self._clock.now(),
            after_seq=session.seq, text=comment.strip(),
        )  # fmt: skip
