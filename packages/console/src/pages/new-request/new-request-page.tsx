import { useLingui } from "@lingui/react/macro";
import { useNavigate } from "@tanstack/react-router";
import { Bar } from "../../app/bar.tsx";
import { toast } from "../../kit/toast.tsx";
import { RequestForm } from "../../requests/request-form.tsx";

export function NewRequestPage() {
  const { t } = useLingui();
  const navigate = useNavigate();
  return (
    <>
      <Bar title={t`New request`} />
      <div className="min-h-0 grow overflow-y-auto">
        <div className="max-w-160 px-6 py-6">
          <RequestForm
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
