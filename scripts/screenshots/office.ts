import type { Role, UserKind } from "@serviceflow/sdk";

export const LANGUAGES = ["en", "ru"] as const;
export type Language = (typeof LANGUAGES)[number];

/** A text in each language. */
export type Words = readonly [en: string, ru: string];

export function inLanguage([en, ru]: Words, language: Language): string {
  return language === "en" ? en : ru;
}

interface OfficePerson {
  name: Words;
  role: Role;
  kind?: UserKind;
}

/** Everybody in the pictures; the administrator first. */
export const PEOPLE = {
  sofia: { name: ["Sofia Keller", "Софья Келлер"], role: "ADMIN" },
  dana: { name: ["Dana Okafor", "Дарья Окунева"], role: "AGENT" },
  ivan: { name: ["Ivan Sokolov", "Иван Соколов"], role: "AGENT" },
  priya: { name: ["Priya Nair", "Полина Назарова"], role: "AGENT" },
  ben: { name: ["Ben Carter", "Борис Карташов"], role: "AGENT" },
  paul: { name: ["Paul Meyer", "Павел Майер"], role: "AGENT" },
  june: { name: ["June Park", "Юлия Пак"], role: "EMPLOYEE" },
  marta: { name: ["Marta Lindqvist", "Марта Линд"], role: "EMPLOYEE" },
  oskar: { name: ["Oskar Lehmann", "Олег Леонов"], role: "EMPLOYEE" },
  nadia: { name: ["Nadia Haddad", "Надежда Хазова"], role: "EMPLOYEE" },
  tom: { name: ["Tom Becker", "Тимур Бекетов"], role: "EMPLOYEE" },
  lucia: { name: ["Lucía Romero", "Лидия Романова"], role: "EMPLOYEE" },
  henrik: { name: ["Henrik Dahl", "Геннадий Далин"], role: "EMPLOYEE" },
  aiko: { name: ["Aiko Tanaka", "Алла Танеева"], role: "EMPLOYEE" },
  monitoring: { name: ["Monitoring", "Мониторинг"], role: "EMPLOYEE", kind: "BOT" },
} as const satisfies Record<string, OfficePerson>;

export type PersonName = keyof typeof PEOPLE;

export const AGENTS = ["dana", "ivan", "priya", "ben"] as const satisfies PersonName[];

/** Those who file the requests of the past weeks. */
export const REQUESTERS = [
  "june",
  "marta",
  "oskar",
  "nadia",
  "tom",
  "lucia",
  "henrik",
  "aiko",
] as const satisfies PersonName[];

export const CATEGORIES = [
  {
    slug: "it",
    name: ["IT", "ИТ"],
    description: ["Computers, accounts, printers, software", "Компьютеры, доступы, печать"],
  },
  {
    slug: "hr",
    name: ["HR", "Кадры"],
    description: ["Contracts, leave, certificates", "Договоры, отпуска, справки"],
  },
  {
    slug: "facilities",
    name: ["Facilities", "Здание"],
    description: ["Rooms, furniture, heating, badges", "Помещения, мебель, отопление, пропуска"],
  },
  {
    slug: "finance",
    name: ["Finance", "Бухгалтерия"],
    description: ["Expenses, invoices, purchases", "Расходы, счета, закупки"],
  },
] as const satisfies { slug: string; name: Words; description: Words }[];
