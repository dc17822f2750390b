import { useLingui } from "@lingui/react/macro";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Bar } from "../../app/bar.tsx";
import { usePageTitle } from "../../app/page-title.ts";
import { toast } from "../../kit/toast.tsx";
import { RequestForm } from "../../requests/request-form.tsx";

const route = getRouteApi("/new");

export function NewRequestPage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  const { followsUp } = route.useSearch();
  usePageTitle(t`New request`);
  return (
    <>
      <Bar title={followsUp === undefined ? t`New request` : t`Follow-up of ${followsUp}`} />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="max-w-160 px-4 py-5">
          <RequestForm
            key={followsUp}
            followsUp={followsUp}
            onFiled={({ id }) => {
              toast(t`${id} is filed.`);
              void navigate({ to: "/requests/$id", params: { id }, replace: true });
            }}
          />
        </div>
      </div>
    </>
  );
}
