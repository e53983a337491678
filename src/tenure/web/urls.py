"""Every address. A page is a module in `views` with ``urlpatterns`` (and a ``PLACE``); its one line stands here."""

from django.urls import include, path

PAGES = (
    "tenure.web.views.today",
    "tenure.web.views.portfolio",
    "tenure.web.views.signals",
    "tenure.web.views.meetings",
    "tenure.web.views.content",
    "tenure.web.views.material",
    "tenure.web.views.messages",
    "tenure.web.views.tasks",
    "tenure.web.views.calls",
    "tenure.web.views.outbox",
    "tenure.web.views.journeys",
    "tenure.web.views.handovers",
    "tenure.web.views.drafts",
    "tenure.web.views.reports",
    "tenure.web.views.practice",
    "tenure.web.views.practice_calls",
    "tenure.web.views.practice_assessing",
    "tenure.web.views.surveys",
    "tenure.web.views.numbers",
    "tenure.web.views.team",
    "tenure.web.views.people",
    "tenure.web.views.ledger",
    "tenure.web.views.imports",
    "tenure.web.views.import_rows",
    "tenure.web.views.intake",
    "tenure.web.views.connectors",
    "tenure.web.views.arrivals",
    "tenure.web.views.blueprint",
    "tenure.web.views.account",
    "tenure.web.views.contacts",
    "tenure.web.views.goals",
    "tenure.web.views.ratings",
    "tenure.web.views.promises",
    "tenure.web.views.acts",
    "tenure.web.views.log",
    "tenure.web.views.personal",
    "tenure.web.views.portal_door",
    "tenure.web.views.portal_acts",
    "tenure.web.views.portal",
    "tenure.web.views.portal_access",
)

urlpatterns = [
    path("v1/", include("tenure.api.urls")),
    path("hooks/", include("tenure.api.hooks")),
    path("", include("tenure.web.signin_urls")),
    *(path("", include(page)) for page in PAGES),
    path("", include("tenure.web.views.shell")),
]

handler404 = "tenure.web.views.shell.lost"
