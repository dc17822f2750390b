import type { MutationOptions } from "@serviceflow/sdk";
import { useMutation } from "@tanstack/react-query";
import { useRef } from "react";
import { repeatOptions } from "./repeat-options.ts";

/**
 * Makes something. Sent again after a lost answer, it is made once. What was made is kept nowhere, for it can hold a
 * secret.
 */
export function useCreate<Input extends object, Made>(
  call: (input: Input, options: MutationOptions) => PromiseLike<Made>,
  onMade: (made: Made) => void,
) {
  const failed = useRef<{ error: unknown; input: Input }>(null);
  return useMutation<Made, unknown, Input>({
    gcTime: 0,
    mutationFn: async (input) => {
      try {
        return await call(
          input,
          repeatOptions(failed.current?.error, failed.current?.input, input),
        );
      } catch (error) {
        failed.current = { error, input };
        throw error;
      }
    },
    onSuccess: onMade,
  });
}
