import { Trans, useLingui } from "@lingui/react/macro";
import { ServiceFlowError } from "@serviceflow/sdk";
import type { ReactNode } from "react";
import { Banner, Empty } from "../kit/banner.tsx";
import { Button } from "../kit/button.tsx";
import { useErrorWords } from "./error-words.ts";

/** The text of an error and the id by which an administrator finds the call. */
export function useFailureText(): (error: unknown) => string {
  const { t } = useLingui();
  const errorWords = useErrorWords();
  return (error) => {
    if (!ServiceFlowError.is(error)) return t`Something went wrong on this page. Reload it.`;
    const { requestId } = error;
    const text = errorWords(error);
    return requestId === undefined ? text : t`${text} Request id: ${requestId}`;
  };
}

/** A part of a page that did not load. */
export function LoadFailure({
  title,
  level = 2,
  error,
  retry,
}: {
  title?: string;
  /** 1: it is all that the page has. */
  level?: 1 | 2;
  error: unknown;
  retry: () => void;
}) {
  const { t } = useLingui();
  const text = useFailureText();
  return (
    <Empty
      title={title ?? t`This didn’t load.`}
      level={level}
      acts={
        <Button onPress={retry}>
          <Trans>Try again</Trans>
        </Button>
      }
    >
      {text(error)}
    </Empty>
  );
}

/** A command that was not carried out. */
export function FailureBanner({ error, onClose }: { error: unknown; onClose: () => void }) {
  const text = useFailureText();
  return <ProblemBanner onClose={onClose}>{text(error)}</ProblemBanner>;
}

/** What went wrong, until it is closed. */
export function ProblemBanner({ children, onClose }: { children: ReactNode; onClose: () => void }) {
  return (
    <Banner
      kind="bad"
      act={
        <Button size="sm" kind="quiet" onPress={onClose}>
          <Trans>Close</Trans>
        </Button>
      }
    >
      {children}
    </Banner>
  );
}
