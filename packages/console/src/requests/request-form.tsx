import { Trans, useLingui } from "@lingui/react/macro";
import {
  categoryName,
  PRIORITIES,
  type Priority,
  ServiceFlowError,
  type ServiceRequest,
} from "@serviceflow/sdk";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Form } from "react-aria-components";
import { mutations, queries } from "../app/client.ts";
import { useDraft } from "../app/drafts.ts";
import { FailureBanner } from "../app/failure.tsx";
import { useMe } from "../app/session.tsx";
import { PRIORITY_WORDS } from "../app/terms.ts";
import { Button } from "../kit/button.tsx";
import { Choice } from "../kit/choice.tsx";
import { Field } from "../kit/field.tsx";
import { PriorityGlyph } from "../kit/glyphs.tsx";

/** A new request of one's own. What is typed survives a reload. */
export function RequestForm({ onFiled }: { onFiled: (request: ServiceRequest) => void }) {
  const { t, i18n } = useLingui();
  const me = useMe();
  const [title, setTitle] = useDraft(`${me.id}.new.title`);
  const [description, setDescription] = useDraft(`${me.id}.new.description`);
  const [category, setCategory] = useState<string | undefined>();
  const [priority, setPriority] = useState<Priority>("NORMAL");
  const categories = useQuery(queries.categories.list());
  const create = useMutation(mutations.requests.create());
  const active = (categories.data?.items ?? []).filter((one) => one.active);
  const team = category ?? active.find(({ slug }) => slug === "general")?.slug ?? active[0]?.slug;
  const fieldErrors = fieldErrorsOf(create.error);
  return (
    <Form
      className="grid content-start gap-4"
      validationErrors={fieldErrors}
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate(
          { title, description, priority, ...(team === undefined ? {} : { category: team }) },
          {
            onSuccess: (request) => {
              setTitle("");
              setDescription("");
              onFiled(request);
            },
          },
        );
      }}
    >
      {create.isError && Object.keys(fieldErrors).length === 0 ? (
        <FailureBanner error={create.error} onClose={() => create.reset()} />
      ) : null}
      <Field name="title" label={t`Summary`} isRequired value={title} onChange={setTitle} />
      <Field
        name="description"
        label={t`Details: what happens, since when, what you tried`}
        rows={5}
        value={description}
        onChange={setDescription}
      />
      {active.length < 2 ? null : (
        <Choice
          name="category"
          label={t`Team`}
          options={active.map((one) => ({
            value: one.slug,
            label: categoryName(one, i18n.locale),
          }))}
          {...(team === undefined ? {} : { value: team })}
          onChange={setCategory}
        />
      )}
      <Choice
        name="priority"
        label={t`How urgent is it?`}
        hint={t`Choose Urgent when people cannot work or someone may get hurt.`}
        options={PRIORITIES.map((one) => ({
          value: one,
          label: (
            <>
              <PriorityGlyph priority={one} />
              {i18n._(PRIORITY_WORDS[one])}
            </>
          ),
        }))}
        value={priority}
        onChange={setPriority}
      />
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" kind="primary" size="lg" isPending={create.isPending}>
          <Trans>File the request</Trans>
        </Button>
        {title === "" && description === "" ? null : (
          <span className="text-12 text-ink-3">
            <Trans>Draft saved on this device</Trans>
          </span>
        )}
      </div>
    </Form>
  );
}

/** The server's errors by the field that they name. */
export function fieldErrorsOf(error: unknown): Record<string, string[]> {
  if (!ServiceFlowError.is(error)) return {};
  const named = error.errors.flatMap(({ pointer, detail }) =>
    pointer?.startsWith("/") ? [{ field: pointer.slice(1), detail }] : [],
  );
  const fields = Object.groupBy(named, ({ field }) => field);
  return Object.fromEntries(
    Object.entries(fields).map(([field, errors]) => [
      field,
      (errors ?? []).map((one) => one.detail),
    ]),
  );
}
