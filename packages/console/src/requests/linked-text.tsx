import { Link } from "@tanstack/react-router";

const NUMBER = /\b(SF-\d{1,12})\b/gi;

/** What people wrote, in paragraphs, with links to the requests that it names. Never as HTML. */
export function LinkedText({ text }: { text: string }) {
  return (
    <div className="grid max-w-(--measure) gap-2 text-14 wrap-anywhere">
      {text.split(/\n{2,}/).map((paragraph, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a text does not change
        <p key={index} className="whitespace-pre-line">
          {paragraph.split(NUMBER).map((part, place) =>
            place % 2 === 1 ? (
              <Link
                // biome-ignore lint/suspicious/noArrayIndexKey: a text does not change
                key={place}
                to="/requests/$id"
                params={{ id: part.toUpperCase() }}
                className="whitespace-nowrap text-accent underline underline-offset-2"
              >
                {part}
              </Link>
            ) : (
              part
            ),
          )}
        </p>
      ))}
    </div>
  );
}
