import { useLingui } from "@lingui/react/macro";
import { Search as SearchIcon } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useShortcuts } from "../../app/shortcuts.tsx";
import { Button } from "../../kit/button.tsx";
import { cx } from "../../kit/cx.ts";
import { Search } from "../../kit/search.tsx";

/** The words of the search, which count with Enter. On a phone a button opens the field. */
export function SearchField({
  q,
  onChange,
}: {
  q: string | undefined;
  onChange: (q: string | undefined) => void;
}) {
  const { t } = useLingui();
  const field = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState(q ?? "");
  const [isOpen, setOpen] = useState(false);
  // The address can change by itself, as by going back.
  useEffect(() => setWords(q ?? ""), [q]);
  useEffect(() => {
    if (isOpen) field.current?.focus();
  }, [isOpen]);
  useShortcuts([{ keys: "Slash", label: t`Search requests`, run: () => field.current?.focus() }]);
  return (
    <>
      {isOpen ? null : (
        <Button
          kind="quiet"
          icon
          aria-label={t`Search requests`}
          className="pointer-coarse:w-9 tablet:hidden"
          onPress={() => setOpen(true)}
        >
          <SearchIcon aria-hidden="true" className="size-4" />
        </Button>
      )}
      <Search
        placeholder={t`Search requests`}
        keys="/"
        className={cx("w-52 tablet:flex", !isOpen && "hidden!  tablet:flex!")}
        inputRef={field}
        value={words}
        onChange={setWords}
        onSubmit={(typed) => onChange(typed.trim() === "" ? undefined : typed.trim())}
        onClear={() => onChange(undefined)}
        onBlur={() => setOpen(false)}
      />
    </>
  );
}
