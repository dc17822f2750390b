export default {
  serviceflow: {
    input: "./openapi.json",
    output: {
      target: "generated/orval/api.ts",
      client: "fetch",
      override: { enumGenerationType: "union" },
    },
  },
};
