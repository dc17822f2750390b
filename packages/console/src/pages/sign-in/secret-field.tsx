import { useLingui } from "@lingui/react/macro";
import { Field } from "../../kit/field.tsx";
import type { Way } from "./sign-in-words.ts";

/** Where the code or the key goes. Neither is kept anywhere. */
export function SecretField({ way }: { way: Way }) {
  const { t } = useLingui();
  return way === "code" ? (
    <Field
      name="secret"
      label={t`One-time code`}
      hint={t`From your invitation, or from a device where you’re signed in.`}
      isRequired
      autoFocus
      autoComplete="one-time-code"
      autoCorrect="off"
      spellCheck="false"
      inputClassName="h-12! px-3.5! font-mono text-20 tracking-[.12em]"
    />
  ) : (
    <Field
      name="secret"
      label={t`API key`}
      hint={t`The key is exchanged for a session at once and never stored here.`}
      isRequired
      autoFocus
      type="password"
      autoComplete="off"
      spellCheck="false"
      inputClassName="h-12! px-3.5! font-mono"
    />
  );
}
