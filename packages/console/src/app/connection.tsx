import { Trans, useLingui } from "@lingui/react/macro";
import { Banner } from "../kit/banner.tsx";
import { Button } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { queryClient } from "./client.ts";
import { useLiveState } from "./live.ts";
import { useOnline } from "./online.ts";

/** Says that what is shown may be old, and why. */
export function ConnectionBanner() {
  const online = useOnline();
  const state = useLiveState();
  if (!online) {
    return (
      <Banner>
        <Trans>You’re offline. What you write is saved here; send it when you reconnect.</Trans>
      </Banner>
    );
  }
  if (state !== "stale" && state !== "ended") return null;
  return (
    <Banner
      act={
        <Button size="sm" onPress={() => void queryClient.invalidateQueries()}>
          <Trans>Load again</Trans>
        </Button>
      }
    >
      <Trans>The connection was lost. What you see may be out of date.</Trans>
    </Banner>
  );
}

/** Beside the search: whether the page is kept fresh. */
export function LiveMark() {
  const { t } = useLingui();
  const online = useOnline();
  const live = useLiveState() === "live" && online;
  return (
    <span className="hidden items-center gap-1.5 text-12 whitespace-nowrap text-ink-3 tablet:inline-flex">
      <span
        aria-hidden="true"
        className={cx(
          "size-1.5 rounded-full",
          live ? "bg-good" : "shadow-[inset_0_0_0_1.5px_var(--color-ink-3)]",
        )}
      />
      {live ? t`Live` : t`Not live`}
    </span>
  );
}
