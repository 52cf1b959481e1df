/** The tabs of the header, as ARIA describes them: arrow keys move, the one chosen is focusable. */
export function startTabs(onChoose: (id: string) => void): void {
  const tabs = [...document.querySelectorAll<HTMLElement>("[role=tab]")];
  const choose = (chosen: HTMLElement) => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")!)!.hidden = !isChosen;
    }
    onChoose(chosen.id);
  };
  tabs.forEach((tab, i) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", ({ key }) => {
      const by = ({ ArrowLeft: -1, ArrowRight: 1 } as Record<string, number>)[key];
      if (by === undefined) return;
      const next = tabs[(i + by + tabs.length) % tabs.length];
      choose(next);
      next.focus();
    });
  });
}
