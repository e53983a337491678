/* Tenure in the browser: it improves pages that work without it. Markup asks for behaviour by data attributes:
   data-dialog (open a dialog), data-key (a shortcut clicks this, or goes into it), data-first (a shortcut goes
   into it while it is empty), data-go (the letter after G), data-walk (J and K move through its rows), data-account (on a row or on main: what N and T log for), data-act (what E clicks), data-evidence (open in a panel),
   data-enter-sends (Enter in its textarea sends the form), data-edit and data-leave (open and close a cell), data-undo, data-brief, data-selected. */
"use strict";
(() => {
  const root = document.documentElement;
  const $ = (selector, from = document) => from.querySelector(selector);
  const $$ = (selector, from = document) => [...from.querySelectorAll(selector)];
  const on = (type, selector, act) =>
    document.addEventListener(type, (event) => {
      const found = event.target instanceof Element && event.target.closest(selector);
      if (found) act(event, found);
    });
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const isTyping = (target) =>
    target instanceof Element &&
    (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio], [type=range], [type=submit])"));

  /* ---- Times: in the reader's own locale, and in the zone in which the page was drawn --------------- */
  const skew = root.dataset.now ? new Date(root.dataset.now) - Date.now() : 0;
  const now = () => new Date(Date.now() + skew);
  const zone = root.dataset.zone || undefined;
  function format(options) {
    const moments = new Intl.DateTimeFormat(undefined, { ...options, timeZone: zone });
    const days = new Intl.DateTimeFormat(undefined, { ...options, timeZone: "UTC" }); // a day alone lies in no zone
    return (date) => (date.isDay ? days : moments).format(date);
  }
  const clock = format({ hour: "numeric", minute: "2-digit" });
  const near = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const weekday = format({ weekday: "short", day: "numeric", month: "short" });
  const longDay = format({ weekday: "long", day: "numeric", month: "long" });
  const fullDay = format({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const plainDay = format({ day: "numeric", month: "short" });
  const yearDay = format({ day: "numeric", month: "short", year: "numeric" });
  const capital = (words) => words.charAt(0).toLocaleUpperCase() + words.slice(1);
  const numbers = new Intl.DateTimeFormat("en", { timeZone: zone, year: "numeric", month: "numeric", day: "numeric" });
  function dayOf(date) {
    if (date.isDay) return date;
    const part = Object.fromEntries(numbers.formatToParts(date).map(({ type, value }) => [type, Number(value)]));
    return new Date(Date.UTC(part.year, part.month - 1, part.day));
  }
  const daysFromToday = (date) => Math.round((dayOf(date) - dayOf(now())) / 864e5);

  function sayDay(date) {
    const apart = daysFromToday(date);
    if (Math.abs(apart) <= 1) return near.format(apart, "day");
    if (Math.abs(apart) <= 14) return weekday(date);
    const isNear = dayOf(date).getUTCFullYear() === dayOf(now()).getUTCFullYear() || Math.abs(apart) < 180;
    return (isNear ? plainDay : yearDay)(date);
  }
  function sayTime(date, style) {
    if (style === "clock") return clock(date);
    if (style === "long") return longDay(date);
    if (style === "short") return plainDay(date);
    if (style === "weekday") return weekday(date);
    const day = sayDay(date);
    if (style === "near") return day;
    if (style === "day") return capital(day);
    if (style === "told") return [0, -1].includes(daysFromToday(date)) ? `${clock(date)} ${day}` : day;
    const said = Math.abs(date - now()) > 60 * 864e5 ? day : `${day} ${clock(date)}`;
    return style === "at" ? said : capital(said);
  }
  function readTime(written) {
    const isDay = !written.includes("T");
    const date = new Date(isDay ? `${written}T00:00Z` : written);
    date.isDay = isDay;
    return date;
  }
  function localise(from) {
    $$("time[data-style]", from).forEach((time) => {
      const date = readTime(time.dateTime);
      time.textContent = sayTime(date, time.dataset.style);
      time.title = fullDay(date) + (date.isDay ? "" : `, ${clock(date)}`);
    });
    $$("svg [data-day]", from).forEach((words) => (words.textContent = plainDay(readTime(words.dataset.day))));
  }

  /* ---- Light, dark, or what the system says --------------------------------------------------------- */
  on("submit", "[data-theme-form]", async (event, form) => {
    event.preventDefault();
    const data = new FormData(form, event.submitter);
    const theme = data.get("theme");
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    $$("[data-theme-form] button").forEach((button) =>
      button.value === theme ? button.setAttribute("aria-current", "true") : button.removeAttribute("aria-current"),
    );
    await fetch(form.action, { method: "POST", body: data, redirect: "manual" });
  });

  /* ---- Tabs that do not all fit: the chosen one is in sight ----------------------------------------- */
  const showTab = (from) =>
    $$(".segs [aria-current]", from).forEach((tab) => {
      tab.parentElement.scrollLeft = tab.offsetLeft + tab.offsetWidth - tab.parentElement.clientWidth;
    });

  /* ---- Menus: one at a time; a click elsewhere or Esc closes, and focus goes back -------------------- */
  document.addEventListener("click", (event) =>
    $$("details.pop[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open")),
  );
  document.addEventListener("focusin", (event) =>
    $$("details.pop[open]").forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open")),
  );
  function closeMenu() {
    const menu = $("details.pop[open]");
    if (!menu) return false;
    menu.removeAttribute("open");
    $("summary", menu).focus();
    return true;
  }

  /* ---- Dialogs: the palette, the log, the keys; their content is fetched when they open --------------- */
  function openDialog(dialog, href) {
    const body = $(".body", dialog);
    const from = dialog.dataset.from && (href || dialog.dataset.from);
    if (from && dialog.dataset.loaded !== from) {
      dialog.dataset.loaded = from;
      htmx.ajax("GET", from, { target: body, swap: "innerHTML" }).then(() => ($("[autofocus]", body) || $("textarea, select, input:not([type=hidden])", body))?.focus());
    }
    closeMenu();
    dialog.showModal();
    if (dialog.id === "palette") {
      const input = $("input", dialog);
      input.value = "";
      htmx.trigger(input, "open");
    }
  }
  on("click", "[data-dialog]", (event, opener) => {
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    openDialog(dialog, opener.getAttribute("href"));
  });
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof HTMLDialogElement)) return;
    const box = event.target.getBoundingClientRect();
    const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    if (!inside) event.target.close();
  });

  /* ---- The palette: arrows choose, Enter opens ------------------------------------------------------- */
  const options = () => $$("#found [role=option]");
  function choose(option) {
    options().forEach((other) => other.setAttribute("aria-selected", String(other === option)));
    const input = $("#palette input");
    if (option) {
      input.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  }
  on("keydown", "#palette input", (event) => {
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && all.length) choose(all[(at + step + all.length) % all.length]);
    else if (event.key !== "Enter") return;
    else all[at]?.click();
    event.preventDefault();
  });
  on("click", "#palette [role=option]", (event, option) => {
    const known = $$("[data-dialog]").find((opener) => opener.getAttribute("href") === option.getAttribute("href"));
    if (!known) return;
    event.preventDefault();
    $("#palette").close();
    known.click();
  });

  /* ---- Evidence: a panel beside the number; without a script the same address is a page --------------- */
  on("click", "a[data-evidence]", (event, link) => {
    const panel = document.getElementById("evidence");
    if (!panel || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    htmx.ajax("GET", link.href, { target: panel, swap: "innerHTML" }).then(() => {
      const box = link.getBoundingClientRect();
      panel.showPopover();
      const below = box.bottom + 6 + panel.offsetHeight < innerHeight || box.top < panel.offsetHeight;
      panel.style.left = `${scrollX + Math.max(8, Math.min(box.left, innerWidth - panel.offsetWidth - 8))}px`;
      panel.style.top = `${scrollY + (below ? box.bottom + 6 : box.top - panel.offsetHeight - 6)}px`;
      panel.tabIndex = -1;
      panel.focus();
      panel.addEventListener("toggle", (change) => change.newState === "closed" && link.focus({ preventScroll: true }), { once: true });
    });
  });

  /* ---- Cells that are changed where they stand: Enter saves, Esc leaves; without a script the address is a page ---- */
  async function swapCell(cell, verb, address, values) {
    await htmx.ajax(verb, address, { target: cell, swap: "innerHTML", values });
    const open = $(".edit", cell);
    (open ? $("[aria-invalid=true]", open) || $("select, input", open) : $("a[data-edit]", cell))?.focus();
  }
  const saveCell = (cell) => {
    const values = Object.fromEntries($$("select, input", cell).map((control) => [control.name, control.value]));
    swapCell(cell, "POST", $("button[formaction]", cell).formAction, values);
  };
  on("click", "a[data-edit], a[data-leave]", (event, link) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    swapCell(link.closest("td"), "GET", link.href);
  });
  on("submit", "#cell", (event) => {
    event.preventDefault();
    saveCell(event.submitter.closest("td"));
  });
  on("keydown", ".edit", (event, open) => {
    const leave = event.key === "Escape";
    if (!leave && (event.key !== "Enter" || event.isComposing || event.target.matches("a, button"))) return;
    event.preventDefault();
    if (leave) $("[data-leave]", open).click();
    else saveCell(open.closest("td"));
  });

  /* ---- Rows: a cursor that J and K move; keys act on the row at the cursor ---------------------------- */
  const rows = () => $$("[data-walk] > li, [data-walk] tbody > tr, .heat[data-walk] > a").filter(shown);
  const cursor = () => $("[data-walk] .at");
  function moveTo(row) {
    if (!row) return;
    cursor()?.classList.remove("at");
    row.classList.add("at");
    row.scrollIntoView({ block: "nearest" });
    const link = rowLink(row);
    if (link) link.focus({ preventScroll: true });
  }
  const rowLink = (row) => (row.matches("a") ? row : $("th a, .text > a, a", row));
  function walk(step) {
    const all = rows();
    const at = all.indexOf(cursor());
    moveTo(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step))]);
  }
  on("focusin", "[data-walk] a, [data-walk] button, [data-walk] input", (event, inside) => {
    const row = inside.closest("li, tr, .heat > a");
    if (!row || row.closest("thead")) return;
    cursor()?.classList.remove("at");
    row.classList.add("at");
  });

  /* ---- Selection: the head's box, Shift for a stretch, how many ---------------------------------------- */
  let lastBox = null;
  const boxes = (form) => $$("tbody input[type=checkbox][name]", form);
  function count(form) {
    const chosen = boxes(form).filter((box) => box.checked).length;
    $$("[data-selected]", form).forEach((words) => (words.textContent = `${chosen} selected`));
    const all = $("input[data-all]", form);
    if (all) {
      all.checked = chosen > 0 && chosen === boxes(form).length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
  }
  on("click", "form tbody input[type=checkbox][name]", (event, box) => {
    const all = boxes(box.form);
    if (event.shiftKey && lastBox && all.includes(lastBox)) {
      const [from, to] = [all.indexOf(lastBox), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((between) => (between.checked = box.checked));
    }
    lastBox = box;
    count(box.form);
  });
  on("change", "input[data-all]", (event, all) => {
    boxes(all.form).forEach((box) => (box.checked = all.checked));
    count(all.form);
  });
  on("reset", "form", (event, form) => setTimeout(() => count(form)));

  /* ---- What was said: brief words go by themselves, undo counts down ------------------------------------ */
  function settle(from) {
    $$("[data-brief]:not([data-timed])", from).forEach((words) => {
      words.dataset.timed = "";
      setTimeout(() => words.remove(), 6000);
    });
    $$("[data-undo]:not([data-timed])", from).forEach((bar) => {
      bar.dataset.timed = "";
      const left = $("[data-seconds]", bar);
      let seconds = Number(left.dataset.seconds);
      const show = () => (left.textContent = `${seconds} s`);
      show();
      const tick = setInterval(() => {
        seconds -= 1;
        show();
        if (seconds > 0) return;
        clearInterval(tick);
        bar.remove();
      }, 1000);
    });
  }

  /* ---- Keys ----------------------------------------------------------------------------------------------- */
  let going = 0;
  const keyed = (key) => {
    const wanted = `[data-key="${CSS.escape(key)}"]`;
    const row = cursor();
    return (row && $(wanted, row)) || $$(wanted).find((found) => !found.closest("[data-walk]") && !found.closest("dialog:not([open])"));
  };
  function press(key) {
    if (Date.now() - going < 1500) {
      going = 0;
      const place = $(`[data-go="${CSS.escape(key)}"]`);
      if (place) return place.click(), true;
    }
    const row = cursor();
    if (key === "g") return (going = Date.now()), true;
    if (key === "j") return walk(1), true;
    if (key === "k") return walk(-1), true;
    if (key === "x" && row) return $("input[type=checkbox]", row)?.click(), true;
    if (key === "e" && row) return ($("[data-act]", row) || $(".btn.primary", row) || $(".btn", row) || $("a[data-edit]", row))?.click(), true;
    if (key === "?") return openDialog($("#keys")), true;
    if (/^[1-5]$/.test(key)) return rate(key);
    const first = $$(`[data-first="${CSS.escape(key)}"]`).find((field) => shown(field) && !field.value.trim());
    if (first) return first.focus(), true;
    const pad = $$(`textarea[data-key="${CSS.escape(key)}"], input[data-key="${CSS.escape(key)}"]`).find(shown);
    if (pad) return pad.focus(), true;
    if (key === "n" || key === "t") return logFor(row, key === "n" ? "note" : "time");
    const found = keyed(key);
    if (found) return found.click(), true;
    return false;
  }
  function logFor(row, kind) {
    const account = row?.dataset.account || $("main").dataset.account;
    const dialog = $("#log");
    if (!dialog || !account) return false;
    openDialog(dialog, `${dialog.dataset.from}?${new URLSearchParams({ account, kind })}`);
    return true;
  }
  function rate(key) {
    const sets = $$(".rating fieldset");
    const open = sets.find((set) => set.contains(document.activeElement)) || sets.find((set) => !$(":checked", set));
    const step = open && $(`input[value="${key}"]`, open);
    if (!step) return false;
    step.click();
    ($("input[data-wanted]", open) || answerOf(sets[sets.indexOf(open) + 1]) || step).focus();
    return true;
  }
  const answerOf = (set) => set && $("input:checked, input", set);
  on("keydown", ".rating input[name^=evidence-]", (event, words) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const sets = $$(".rating fieldset");
    const after = answerOf(sets[sets.indexOf(words.closest("fieldset")) + 1]);
    if (!after) return;
    event.preventDefault();
    after.focus();
  });
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && $("#palette")) {
      event.preventDefault();
      if (!$("#palette").open) openDialog($("#palette"));
      return;
    }
    if (event.key === "Escape" && closeMenu()) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing && event.target.matches("textarea")) {
      const form = event.target.form;
      event.preventDefault();
      return form?.requestSubmit([...form.elements].find((each) => each.matches("button.primary")));
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    if (root.dataset.keys === "off" || $("dialog[open]") || event.key.length > 1) return;
    if (press(event.key.toLowerCase())) event.preventDefault();
  });

  /* ---- Forms: sent once ------------------------------------------------------------------------------------- */
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method === "dialog") return;
    if (event.target.dataset.sent) return event.preventDefault();
    event.target.dataset.sent = "1";
    setTimeout(() => delete event.target.dataset.sent, 4000);
  });
  addEventListener("pageshow", () => $$("form[data-sent]").forEach((form) => delete form.dataset.sent));

  /* ---- A pad: Enter sends the line, Shift+Enter breaks it; the pad keeps the focus ----------------------------- */
  on("keydown", "[data-key]", (event, pad) => event.key === "Escape" && isTyping(pad) && pad.blur());
  on("keydown", "form[data-enter-sends] textarea", (event, pad) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (pad.value.trim()) pad.form.requestSubmit();
  });

  /* ---- Lines of one kind: Enter goes down a column, and sends from its last line ------------------------------- */
  on("keydown", "table input[data-down]", (event, cell) => {
    if (event.key !== "Enter" || event.isComposing) return;
    const column = $$("input[data-down]", cell.closest("table"));
    const below = column[column.indexOf(cell) + 1];
    if (!below || !cell.value.trim()) return;
    event.preventDefault();
    below.focus();
  });

  /* ---- Every page, and every fragment that htmx brings -------------------------------------------------------- */
  function begin(from) {
    localise(from);
    showTab(from);
    settle(document);
    $$("form:has(.bulk)", from).forEach(count);
    if (from.id === "found") choose(options()[0]);
  }
  // What was swapped for itself is gone; what came in its place is found from the top.
  document.addEventListener("htmx:afterSwap", ({ detail }) => begin(detail.target?.isConnected ? detail.target : document));
  document.addEventListener("htmx:oobAfterSwap", () => settle(document));
  document.addEventListener("htmx:sendError", () => say("The server cannot be reached. What you typed is untouched."));
  document.addEventListener("htmx:responseError", () => say("Something broke on our side. What you typed is untouched."));
  function say(words) {
    const said = $("#said");
    if (!said) return;
    const bar = document.createElement("div");
    bar.className = "bulk";
    bar.dataset.brief = "";
    bar.append(Object.assign(document.createElement("b"), { textContent: words }));
    said.append(bar);
    settle(said);
  }
  begin(document);
})();
