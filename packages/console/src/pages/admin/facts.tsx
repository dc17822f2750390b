import type { ReactNode } from "react";

/** Names and values, two columns of hairline work. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid gap-y-1">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-w-0 items-baseline justify-between gap-x-4">
      <dt className="shrink-0 text-ink-3">{name}</dt>
      <dd className="flex min-w-0 flex-wrap items-center justify-end gap-1.5 text-right [overflow-wrap:anywhere]">
        {children}
      </dd>
    </div>
  );
}
