"""What a task costs a person's hands, counted in the browser: every key pressed and every click, across pages."""

from dataclasses import dataclass

from playwright.sync_api import Page

# Listens before any script of the page does. A press that is held and repeats is one; keys that only modify are none.
# What happened on earlier pages of the same visit is kept by the browser, not by the test.
LISTENS = """(() => {
  const add = (name) => sessionStorage.setItem(name, Number(sessionStorage.getItem(name) || 0) + 1);
  const bare = ["Shift", "Control", "Alt", "Meta"];
  const counts = (event) => event.isTrusted && !event.repeat && !bare.includes(event.key);
  addEventListener("keydown", (event) => counts(event) && add("keys"), true);
  addEventListener("pointerdown", (event) => event.isTrusted && add("clicks"), true);
})()"""


@dataclass(frozen=True)
class Effort:
    """How many keys were pressed and how often somebody clicked or tapped."""

    keys: int
    clicks: int

    def since(self, before: "Effort") -> "Effort":
        return Effort(self.keys - before.keys, self.clicks - before.clicks)


def count_effort(page: Page) -> None:
    """Count from the next page on; a click by which a test looks or a value that it sets counts nothing."""
    page.add_init_script(LISTENS)


def effort(page: Page) -> Effort:
    """What was counted so far."""
    keys, clicks = (int(page.evaluate(f"sessionStorage.getItem('{name}') || 0")) for name in ("keys", "clicks"))
    return Effort(keys, clicks)
