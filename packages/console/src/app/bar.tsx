import type { ReactNode } from "react";

/** The head of a page: its title and views at the left, what concerns all of it at the right. */
export function Bar({ title, tabs, end }: { title: ReactNode; tabs?: ReactNode; end?: ReactNode }) {
  return (
    <header className="flex h-(--bar) min-w-0 shrink-0 items-center gap-5 border-b border-line px-4 whitespace-nowrap">
      <h1 className="shrink-0 text-16">{title}</h1>
      {tabs}
      {end === undefined ? null : (
        <div className="ml-auto flex min-w-0 items-center gap-2">{end}</div>
      )}
    </header>
  );
}
