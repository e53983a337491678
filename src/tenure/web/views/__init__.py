"""Pages. A module per page; a view is under 15 lines: access, form, one operation, one template.

    def log(request: SignedIn, account_id: str) -> HttpResponse:
        actor = actor_of(request)
        account = access_account(actor, account_id)          # 404 where absent or out of reach
        form = NoteForm(request.POST or None)
        if form.is_valid() and attempt(form, log_note, account, **form.cleaned_data, actor=actor):
            return done(request, "Note logged", to=account)
        return answer(request, "note/page.html", {"form": form, "account": account}, fragment="note/form.html")

- `answer` gives htmx the fragment and everyone else the page, which includes that same fragment.
- `attempt` puts a refusal at its field, so what was typed stays. A refusal raised elsewhere reaches `Refusals`
  in `middleware`, which shows what was typed; so do `Forbidden` (403, or 404 where hidden) and `Awaiting`.
- `done` answers a POST: 303, or a redirect that htmx follows; `undo=` offers to take it back for ten seconds.
- Every view wants a signed-in person unless it is marked `login_not_required`.
- A view whose POST changes nothing of the company's is marked `works_in_the_past`.

A module may name, for the shell around all pages: ``PLACE`` (`tenure.web.places.Place`, the side bar), ``FINDERS``
and ``ACTS`` (`tenure.web.finding`, the command palette). Templates never query; forms hold no rules.
"""
