import type { ReactNode } from "react";

/**
 * The head of a page: its title and views at the left, what concerns all of it at the right. On a phone the views have a line
 * of their own.
 */
export function Bar({ title, tabs, end }: { title: ReactNode; tabs?: ReactNode; end?: ReactNode }) {
  return (
    <header className="flex min-h-(--bar) min-w-0 shrink-0 flex-wrap items-center gap-x-5 border-b border-line px-4 whitespace-nowrap tablet:h-(--bar) tablet:flex-nowrap">
      <h1 className="flex h-11 shrink-0 items-center text-16 tablet:h-auto">{title}</h1>
      {tabs === undefined ? null : (
        <div className="order-3 -mx-4 h-9 w-screen min-w-0 px-4 tablet:order-none tablet:mx-0 tablet:h-full tablet:w-auto tablet:px-0">
          {tabs}
        </div>
      )}
      {end === undefined ? null : (
        <div className="ml-auto flex min-w-0 items-center gap-2">{end}</div>
      )}
    </header>
  );
}
