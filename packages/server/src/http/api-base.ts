/** Path below which the REST API is mounted. */
export const API_BASE = "/api/v1";
