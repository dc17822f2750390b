import { Trans, useLingui } from "@lingui/react/macro";
import { type ReactNode, useEffect, useRef } from "react";
import { useFailureText } from "../../app/failure.tsx";
import type { LongList } from "../../app/use-pages.ts";
import { Banner } from "../../kit/banner.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";

/** The part of a page that scrolls, by keyboard as well. */
export function WorkRegion({
  label,
  className,
  children,
}: {
  label: string;
  className?: string;
  children: ReactNode;
}) {
  return (
    <section
      aria-label={label}
      data-scroll=""
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
      tabIndex={0}
      className={cx("min-h-0 grow overflow-auto focus-visible:outline-offset-[-2px]", className)}
    >
      {children}
    </section>
  );
}

/** What stands after the rows of a long list: the way to more of them, or why they did not load. */
export function RestOf({ list }: { list: LongList<unknown> }) {
  const failureText = useFailureText();
  if (list.error === null) {
    return <MoreRows more={list.more} isLoading={list.isLoadingMore} onMore={list.loadMore} />;
  }
  return (
    <Banner
      kind="bad"
      act={
        <Button size="sm" onPress={list.retry}>
          <Trans>Try again</Trans>
        </Button>
      }
    >
      {failureText(list.error)}
    </Banner>
  );
}

/** Loads the rows that follow once one comes near them, or by the button. */
export function MoreRows({
  more,
  isLoading,
  onMore,
}: {
  more: boolean;
  isLoading: boolean;
  onMore: () => void;
}) {
  const { t } = useLingui();
  const foot = useRef<HTMLDivElement>(null);
  const load = useRef(onMore);
  useEffect(() => {
    load.current = onMore;
  });
  useEffect(() => {
    const node = foot.current;
    if (!more || isLoading || node === null) return;
    const observer = new IntersectionObserver(
      ([entry]) => entry?.isIntersecting && load.current(),
      { rootMargin: "400px" },
    );
    observer.observe(node);
    return () => observer.disconnect();
  }, [more, isLoading]);
  if (!more) return null;
  return (
    <div ref={foot} className="px-4 py-2">
      <Button size="sm" isPending={isLoading} onPress={onMore}>
        {t`Show more`}
      </Button>
    </div>
  );
}
