import { Trans } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Button } from "../kit/button.tsx";
import { cx } from "../kit/cx.ts";
import { partsOf, type TextPart } from "./text-parts.ts";

/** From here on a text is folded until somebody wants all of it. */
const LONG = { characters: 2_400, lines: 30 };

/** What people wrote, in paragraphs, with links to what it names. Never as HTML. */
export function LinkedText({ text }: { text: string }) {
  const isLong = text.length > LONG.characters || text.split("\n").length > LONG.lines;
  const [whole, setWhole] = useState(false);
  const folded = isLong && !whole;
  return (
    <div className="grid justify-items-start gap-1.5">
      <div
        className={cx(
          "grid max-w-(--measure) gap-2 text-14 wrap-anywhere",
          folded && "max-h-90 overflow-hidden mask-b-from-80%",
        )}
      >
        {text.split(/\n{2,}/).map((paragraph, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a text does not change
          <p key={index} className="whitespace-pre-line">
            {partsOf(paragraph).map((part, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a text does not change
              <Part key={place} part={part} />
            ))}
          </p>
        ))}
      </div>
      {folded ? (
        <Button size="sm" onPress={() => setWhole(true)}>
          <Trans>Show all of it</Trans>
        </Button>
      ) : null}
    </div>
  );
}

const LINK = "text-accent underline underline-offset-2";

function Part({ part: { kind, text } }: { part: TextPart }) {
  if (kind === "request") {
    return (
      <Link
        to="/requests/$id"
        params={{ id: text.toUpperCase() }}
        className={cx(LINK, "whitespace-nowrap")}
      >
        {text}
      </Link>
    );
  }
  if (kind === "address") {
    return (
      <a href={text} target="_blank" rel="noopener noreferrer nofollow" className={LINK}>
        {text}
      </a>
    );
  }
  return text;
}
