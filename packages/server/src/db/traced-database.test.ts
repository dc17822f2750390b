import { expect, it } from "vitest";
import { operationOf } from "./traced-database.ts";

it.each([
  ['select "id" from "requests"', "SELECT"],
  ["\n  SELECT 1", "SELECT"],
  ["begin", "BEGIN"],
  ['with "a" as (select 1) select * from "a"', "SELECT"],
  ['with "a" as (select 1 for update) select * from "a"', "SELECT"],
  ['with "a" as (select 1 for no key update skip locked) select * from "a"', "SELECT"],
  ['with "a" as (update "requests" set "version" = 1 returning *) select * from "a"', "UPDATE"],
  ['with "a" as (select 1 for update) update "requests" set "version" = 1', "UPDATE"],
  ['with "a" as (insert into "t" values (1) on conflict do update set "x" = 1) select 1', "INSERT"],
  ['with "a" as (delete from "t" returning 1) select count(*) from "a"', "DELETE"],
])("names the operation of %s", (text, operation) => {
  expect(operationOf(text)).toBe(operation);
});
