import Stripe from "stripe";

const secret = "whsec_x";
const customer = { id: "cus_1", object: "customer", name: "Ada" };
const page = (has_more) => ({
  object: "list",
  url: "/v1/customers",
  has_more,
  data: [customer, customer],
});

export const answer = customer;
export const open = (port) =>
  new Stripe("sk_test_x", { host: "127.0.0.1", port, protocol: "http" });
export const read = (stripe) => stripe.customers.retrieve("cus_1");
export const write = (stripe) => stripe.customers.create({ name: "Ada" });
export const list = {
  pages: [page(true), page(false)],
  of: "items",
  each: (stripe) => stripe.customers.list(),
};
export const webhook = {
  payload: () => JSON.stringify({ id: "evt_1", object: "event", type: "customer.created" }),
  sign: (payload, at) => ({
    "stripe-signature": Stripe.webhooks.generateTestHeaderString({
      payload,
      secret,
      timestamp: Math.floor(at.getTime() / 1_000),
    }),
  }),
  verify: (payload, headers) =>
    Stripe.webhooks.constructEvent(payload, headers["stripe-signature"], secret),
};
