import type { ReactNode } from "react";

/** Names and values, two columns of hairline work. */
export function Facts({ children }: { children: ReactNode }) {
  return (
    <dl className="grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-1">
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-ink-3">{name}</dt>
      <dd className="flex min-w-0 flex-wrap items-center justify-end gap-1.5 text-right [overflow-wrap:anywhere]">
        {children}
      </dd>
    </>
  );
}
