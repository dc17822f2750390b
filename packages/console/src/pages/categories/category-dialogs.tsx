import { useLingui } from "@lingui/react/macro";
import type { Category, CreateCategoryInput } from "@serviceflow/sdk";
import { useState } from "react";
import { queries, queryClient, sf } from "../../app/client.ts";
import { toast } from "../../kit/toast.tsx";
import { ConflictBanner } from "../admin/notices.tsx";
import { useChange } from "../admin/use-change.ts";
import { useCreate } from "../admin/use-create.ts";
import { useCategoryFields } from "./category-fields.ts";
import { CategoryForm } from "./category-form.tsx";

const refresh = () => void queryClient.invalidateQueries({ queryKey: queries.categories.all() });

/** Changes categories, on the version that was shown. */
export function useCategoryChange() {
  return useChange<Category>(async ({ slug, ...category }) => {
    for await (const one of sf.categories.list()) if (one.slug === slug) return one;
    return { slug, ...category };
  }, refresh);
}

export function CreateCategory({ onClose }: { onClose: () => void }) {
  const { t } = useLingui();
  const create = useCreate<CreateCategoryInput, Category>(
    (input, options) => sf.categories.create(input, options),
    ({ name }) => {
      refresh();
      toast(t`${name} is added.`);
      onClose();
    },
  );
  return (
    <CategoryForm
      error={create.error}
      isPending={create.isPending}
      onSubmit={create.mutate}
      onResetError={() => create.reset()}
      onClose={onClose}
    />
  );
}

export function EditCategory({ category, onClose }: { category: Category; onClose: () => void }) {
  const { t } = useLingui();
  const change = useCategoryChange();
  const fields = useCategoryFields();
  // As it was when the dialog opened: what others change meanwhile is a conflict, and is shown as one.
  const [shown] = useState(category);
  const done = () => {
    const { name } = shown;
    toast(t`${name} is saved.`);
    onClose();
  };
  return (
    <CategoryForm
      category={shown}
      error={change.error}
      notices={
        <ConflictBanner
          conflict={change.conflict}
          fields={fields}
          onDone={done}
          onClose={change.reset}
        />
      }
      isPending={change.isPending}
      onResetError={change.reset}
      onClose={onClose}
      onSubmit={({ name, names, description }) => {
        // What was not touched is not sent, so that it does not undo what others change.
        const patch = {
          ...(name === shown.name ? {} : { name }),
          ...(JSON.stringify(names) === JSON.stringify(shown.names) ? {} : { names }),
          ...(description === shown.description ? {} : { description }),
        };
        if (Object.keys(patch).length === 0) return onClose();
        void change
          .run(shown, (one, options) => sf.categories.update(one.slug, patch, options))
          .then((made) => made && done());
      }}
    />
  );
}
