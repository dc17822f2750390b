import { Trans, useLingui } from "@lingui/react/macro";
import type { Category } from "@serviceflow/sdk";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { Button } from "../../kit/button.tsx";
import { Field, labelShape } from "../../kit/field.tsx";
import { FormDialog, type ItemFormProps } from "../admin/form-dialog.tsx";
import { useFieldFaults } from "../admin/use-field-faults.ts";
import { namesOf, rowsOf, slugOf } from "./name-rows.ts";

export interface CategoryInput {
  slug: string;
  name: string;
  names: Record<string, string>;
  description: string;
}

/** The fields of a category, new or not. */
export function CategoryForm({
  category,
  onSubmit,
  ...frame
}: ItemFormProps<CategoryInput> & {
  /** Absent: a new one. */
  category?: Category;
}) {
  const { t } = useLingui();
  const [name, setName] = useState(category?.name ?? "");
  const [slug, setSlug] = useState<string>();
  const [description, setDescription] = useState(category?.description ?? "");
  const [rows, setRows] = useState(() => rowsOf(category?.names ?? {}));
  const faults = useFieldFaults(frame.error, ["slug", "name", "names", "description"], {
    category_exists: ["slug", t`There is a category with this short name already.`],
  });
  const before = category?.name;
  const change = (id: number, patch: Partial<(typeof rows)[number]>) =>
    setRows(rows.map((row) => (row.id === id ? { ...row, ...patch } : row)));
  return (
    <FormDialog
      {...frame}
      title={before === undefined ? t`Add a category` : t`Edit ${before}`}
      isNew={category === undefined}
      faults={faults}
      unshown="names"
      onSubmit={() =>
        onSubmit({
          slug: category?.slug ?? slug ?? slugOf(name),
          name,
          names: namesOf(rows),
          description,
        })
      }
    >
      <Field name="name" label={t`Name`} value={name} onChange={setName} isRequired autoFocus />
      {category === undefined ? (
        <Field
          name="slug"
          label={t`Short name`}
          hint={t`For addresses and programs. It stays for good.`}
          value={slug ?? slugOf(name)}
          onChange={setSlug}
          isRequired
          inputClassName="font-mono text-12"
        />
      ) : null}
      <Field
        name="description"
        label={t`Description`}
        hint={t`Which requests belong in it; may be empty`}
        value={description}
        onChange={setDescription}
        rows={2}
      />
      <fieldset className="grid gap-1.5">
        <legend className={`${labelShape} mb-1`}>
          <Trans>Names in other languages</Trans>
        </legend>
        {rows.map((row) => (
          <div key={row.id} className="grid grid-cols-[96px_minmax(0,1fr)_auto] items-end gap-2">
            <Field
              label={t`Language`}
              placeholder="ru"
              value={row.tag}
              onChange={(tag) => change(row.id, { tag })}
              maxLength={35}
            />
            <Field
              label={t`Name`}
              value={row.name}
              onChange={(next) => change(row.id, { name: next })}
            />
            <Button
              kind="quiet"
              size="lg"
              icon
              aria-label={row.tag === "" ? t`Remove this language` : t`Remove ${row.tag}`}
              onPress={() => setRows(rows.filter(({ id }) => id !== row.id))}
            >
              <X aria-hidden="true" className="size-4" />
            </Button>
          </div>
        ))}
        <Button
          kind="quiet"
          size="sm"
          className="justify-self-start"
          onPress={() =>
            setRows([
              ...rows,
              { id: Math.max(0, ...rows.map(({ id }) => id)) + 1, tag: "", name: "" },
            ])
          }
        >
          <Plus aria-hidden="true" className="size-3.5" />
          <Trans>Add a language</Trans>
        </Button>
      </fieldset>
    </FormDialog>
  );
}
