import { Trans, useLingui } from "@lingui/react/macro";
import { Link } from "@tanstack/react-router";
import { Empty } from "../kit/banner.tsx";

export function NotFound() {
  const { t } = useLingui();
  return (
    <Empty
      level={1}
      title={t`There is nothing at this address.`}
      acts={
        <Link to="/" className="text-accent underline">
          <Trans>Go to the first page</Trans>
        </Link>
      }
    >
      <Trans>Or you may not see what is here.</Trans>
    </Empty>
  );
}
