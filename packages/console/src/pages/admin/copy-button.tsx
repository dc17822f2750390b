import { useLingui } from "@lingui/react/macro";
import { Check, Copy } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "../../kit/button.tsx";
import { toast } from "../../kit/toast.tsx";

/** Copies a text, and says so where it stands. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 3_000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      toast(t`The browser did not allow copying.`);
    }
  };
  const Icon = copied ? Check : Copy;
  return (
    <Button size="sm" onPress={() => void copy()}>
      <Icon aria-hidden="true" className="size-3.5" />
      <span aria-live="polite">{copied ? t`Copied` : (label ?? t`Copy`)}</span>
    </Button>
  );
}

/** An id in full, with its copy. */
export function CopyableId({ id }: { id: string }) {
  return (
    <CopyableText text={id} name={id}>
      {id}
    </CopyableText>
  );
}

/** What stands for a text that is copied as a whole. */
export function CopyableText({
  text,
  name,
  children,
}: {
  text: string;
  /** What one calls the text. */
  name: string;
  children: ReactNode;
}) {
  const { t } = useLingui();
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => toast(t`${name} is copied.`),
      () => toast(t`The browser did not allow copying.`),
    );
  return (
    <span className="inline-flex max-w-full min-w-0 items-center gap-1">
      <code className="cut font-mono text-12" title={text}>
        {children}
      </code>
      <Button kind="quiet" size="sm" icon aria-label={t`Copy ${name}`} onPress={() => void copy()}>
        <Copy aria-hidden="true" className="size-3.5" />
      </Button>
    </span>
  );
}
