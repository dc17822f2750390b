import { describe, expect, it } from "vitest";
import type { ErrorCode } from "../error.ts";
import type { Caller } from "../rules/roles.ts";
import { createRequest } from "./create-request.ts";
import { decide } from "./decide.ts";
import type { Candidate } from "./references.ts";
import { admin, agent, employee, NOW, ref, request, user } from "./request.fixture.ts";
import {
  type CreateRequestInput,
  categoryOf,
  type RequestState,
  type UpdateRequestInput,
} from "./request.ts";

const colleague = user("cal", "EMPLOYEE");

const open = request({ description: "It blinks." });

function invalid(pointer: string, code: string) {
  return expect.objectContaining({
    code: "validation_failed",
    errors: [expect.objectContaining({ pointer, code })],
  });
}

describe("creating a request", () => {
  const file = (
    input: CreateRequestInput,
    caller: Caller,
    requester: Candidate | null,
    categoryActive = true,
  ) =>
    createRequest(input, {
      caller,
      now: NOW,
      id: "SF-7",
      requester,
      followed: null,
      categoryActive,
      defaultCategory: "general",
    });

  it("fills in defaults, and logs every field that is set", () => {
    expect(file({ title: "Printer jammed" }, employee, employee)).toEqual({
      changed: true,
      next: {
        id: "SF-7",
        title: "Printer jammed",
        description: "",
        status: "NEW",
        priority: "NORMAL",
        category: "general",
        requester: ref(employee),
        submitter: ref(employee),
        assignee: null,
        version: 1,
        createdAt: NOW,
        updatedAt: NOW,
        startedAt: null,
        closedAt: null,
        lastCommentAt: null,
        lastPublicCommentAt: null,
        followsUp: null,
      },
      entries: [
        {
          action: "request.created",
          subject: { type: "request", id: "SF-7" },
          changes: {
            title: { from: null, to: "Printer jammed" },
            description: { from: null, to: "" },
            status: { from: null, to: "NEW" },
            priority: { from: null, to: "NORMAL" },
            category: { from: null, to: "general" },
            requesterId: { from: null, to: employee.id },
            submitterId: { from: null, to: employee.id },
          },
          reason: null,
          internal: false,
        },
      ],
    });
  });

  it("keeps the given values", () => {
    const input = { title: "Laptop", description: "15 inch", priority: "URGENT", category: "it" };
    const { next } = file({ ...input, priority: "URGENT" }, employee, employee);
    expect(next).toMatchObject(input);
  });

  it.each([agent, admin])("for somebody else keeps $role as the submitter", (caller) => {
    const { next } = file({ title: "Laptop", requesterId: employee.id }, caller, employee);
    expect([next.requester, next.submitter]).toEqual([ref(employee), ref(caller)]);
  });

  it("lets an EMPLOYEE name themselves", () => {
    const { next } = file({ title: "Laptop", requesterId: employee.id }, employee, employee);
    expect(next.requester).toEqual(ref(employee));
  });

  it("refuses an EMPLOYEE who files for somebody else, whether or not there is such a user", () => {
    const facts = { rule: "request.create:EMPLOYEE:selfAsRequester" };
    for (const requester of [colleague, null]) {
      expect(() =>
        file({ title: "Laptop", requesterId: colleague.id }, employee, requester),
      ).toThrow(expect.objectContaining({ code: "forbidden", facts }));
    }
  });

  it.each([
    ["an unknown requester", null],
    ["an inactive requester", user("ina", "EMPLOYEE", false)],
  ])("refuses %s", (_, requester) => {
    expect(() => file({ title: "Laptop", requesterId: "usr_ina" }, agent, requester)).toThrow(
      invalid("/requesterId", "not_eligible"),
    );
  });

  it("refuses an inactive category", () => {
    expect(() => file({ title: "Laptop", category: "old" }, employee, employee, false)).toThrow(
      invalid("/category", "unknown"),
    );
    expect(() => file({ title: "Laptop" }, employee, employee, false)).toThrow(
      invalid("/category", "required"),
    );
  });

  it.each<[CreateRequestInput, string]>([
    [{ title: "Laptop" }, "general"],
    [{ title: "Laptop", category: "hr" }, "hr"],
  ])("%o falls into %s", (input, category) => {
    expect(categoryOf(input, "general")).toBe(category);
  });
});

describe("updating a request", () => {
  const update = (patch: UpdateRequestInput, caller: Caller, state = open, categoryActive = true) =>
    decide(state, { action: "update", patch }, { caller, now: NOW, categoryActive });

  it.each<[UpdateRequestInput, Record<string, { from: unknown; to: unknown }>]>([
    [{ title: "Paper jam" }, { title: { from: "Printer jammed", to: "Paper jam" } }],
    [{ description: "" }, { description: { from: "It blinks.", to: "" } }],
    [{ priority: "HIGH" }, { priority: { from: "NORMAL", to: "HIGH" } }],
    [{ category: "hr" }, { category: { from: "it", to: "hr" } }],
    [
      { title: "Paper jam", description: "It blinks.", priority: "LOW" },
      {
        title: { from: "Printer jammed", to: "Paper jam" },
        priority: { from: "NORMAL", to: "LOW" },
      },
    ],
  ])("by %o logs only what differs", (patch, changes) => {
    expect(update(patch, employee)).toEqual({
      changed: true,
      next: { ...open, ...patch, version: 5, updatedAt: NOW },
      entries: [
        {
          action: "request.updated",
          subject: { type: "request", id: "SF-7" },
          changes,
          reason: null,
          internal: false,
        },
      ],
    });
  });

  it.each<[UpdateRequestInput]>([
    [{}],
    [{ title: undefined }],
    [{ title: "Printer jammed", description: "It blinks.", priority: "NORMAL", category: "it" }],
  ])("by %o changes nothing", (patch) => {
    expect(update(patch, employee)).toEqual({ changed: false, next: open });
  });

  it("refuses an inactive category only when it is a new one", () => {
    expect(() => update({ category: "old" }, employee, open, false)).toThrow(
      invalid("/category", "unknown"),
    );
    const kept = update({ category: "it", title: "Paper jam" }, employee, open, false);
    expect(kept.next).toMatchObject({ category: "it", title: "Paper jam" });
  });

  it.each<[string, Caller, Partial<RequestState>, ErrorCode]>([
    ["its requester once it is assigned", employee, { assignee: ref(agent) }, "forbidden"],
    ["an EMPLOYEE who is not its requester", colleague, {}, "forbidden"],
    ["an AGENT while another holds it", agent, { assignee: ref(admin) }, "forbidden"],
    ["an ADMIN once it is DONE", admin, { status: "DONE" }, "request_closed"],
    ["an ADMIN once it is CANCELED", admin, { status: "CANCELED" }, "request_closed"],
  ])("refuses %s, even when nothing would change", (_, caller, state, code) => {
    for (const patch of [{ title: "Paper jam" }, {}]) {
      expect(() => update(patch, caller, { ...open, ...state })).toThrow(
        expect.objectContaining({ code }),
      );
    }
  });
});
