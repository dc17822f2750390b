import { Trans as LinguiTrans } from "@lingui/react";
import { type ComponentProps, createElement, Fragment } from "react";

/**
 * What the build puts in the place of `Trans`. Lingui looks for elements in a sentence once its values are in it: a title or
 * a name with a tag would lose it, or take on an element of the sentence.
 */
export function Trans({ values, ...props }: ComponentProps<typeof LinguiTrans>) {
  if (values === undefined) return <LinguiTrans {...props} />;
  const entries = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" && value.includes("<") ? createElement(Fragment, null, value) : value,
  ]);
  return <LinguiTrans {...props} values={Object.fromEntries(entries)} />;
}
