import type { Priority } from "@serviceflow/domain";

/** What becomes of a demo request. */
type Course = "new" | "claimed" | "started" | "done" | "canceled" | "withdrawn";

export interface DemoRequest {
  title: string;
  description: string;
  category: string;
  priority: Priority;
  course: Course;
  /** Comments in turn: the agent first, then the employee. */
  comments?: readonly string[];
  /** A comment for agents alone. */
  note?: string;
  reason?: string;
}

export const DEMO_CATEGORIES = [
  { slug: "it", name: "IT support", description: "Computers, accounts, printers, software." },
  { slug: "hr", name: "Human resources", description: "Contracts, holidays, certificates." },
  {
    slug: "facilities",
    name: "Facilities",
    description: "Rooms, furniture, heating, access cards.",
  },
  { slug: "finance", name: "Finance", description: "Expenses, invoices, purchases." },
] as const;

/** Oldest first. */
export const DEMO_REQUESTS: readonly DemoRequest[] = [
  {
    title: "Laptop for a new colleague",
    description:
      "She starts on the first of next month and needs the standard developer set-up with two screens.",
    category: "it",
    priority: "NORMAL",
    course: "done",
    comments: ["Ordered; it arrives on Thursday.", "Thank you, that is early enough."],
  },
  {
    title: "Не работает принтер на втором этаже",
    description: "Мигает красная лампочка, бумага застревает при двусторонней печати.",
    category: "it",
    priority: "HIGH",
    course: "done",
    comments: ["Заменил ролик подачи, проверьте, пожалуйста.", "Теперь печатает, спасибо!"],
  },
  {
    title: "Access to the sales dashboard",
    description: "Read access is enough. My manager has agreed.",
    category: "it",
    priority: "NORMAL",
    course: "done",
    comments: ["You should see it after signing in again."],
  },
  {
    title: "Справка с места работы",
    description: "Нужна для визы, желательно на английском языке и с печатью.",
    category: "hr",
    priority: "NORMAL",
    course: "done",
  },
  {
    title: "Heating in room 304 does not switch off",
    description: "It is 27 degrees in there, also at night.",
    category: "facilities",
    priority: "HIGH",
    course: "done",
    comments: ["The valve was stuck and has been replaced."],
  },
  {
    title: "Reimbursement for the train to the customer",
    description: "Two tickets, 84.60 in all. The receipts are in the shared folder.",
    category: "finance",
    priority: "LOW",
    course: "done",
  },
  {
    title: "VPN disconnects every ten minutes",
    description: "Only from home and only since the last update of the client.",
    category: "it",
    priority: "HIGH",
    course: "done",
    comments: ["Please try the new profile I have sent you.", "Stable for two hours now."],
    note: "Third report of this kind: the old gateway again.",
  },
  {
    title: "Перенос отпуска",
    description: "Прошу перенести отпуск с июля на август, с руководителем согласовано.",
    category: "hr",
    priority: "NORMAL",
    course: "done",
  },
  {
    title: "A second monitor",
    description: "I work with two spreadsheets side by side all day.",
    category: "it",
    priority: "LOW",
    course: "canceled",
    reason: "A monitor was already assigned to the new desk.",
  },
  {
    title: "Ключ-карта не открывает архив",
    description: "Остальные двери открываются.",
    category: "facilities",
    priority: "NORMAL",
    course: "done",
  },
  {
    title: "Invoice with the wrong address",
    description: "The supplier still uses our old street. Number 2291.",
    category: "finance",
    priority: "NORMAL",
    course: "done",
    comments: ["They have sent a corrected one."],
  },
  {
    title: "Shared mailbox for the events team",
    description: "Five people, with the right to send as the mailbox.",
    category: "it",
    priority: "NORMAL",
    course: "done",
  },
  {
    title: "Сброс пароля от учётной системы",
    description: "Забыл пароль после отпуска, осталась одна попытка.",
    category: "it",
    priority: "URGENT",
    course: "done",
    comments: ["Временный пароль отправлен в сообщении."],
  },
  {
    title: "Desk for an intern in the design room",
    description: "From the 15th, for three months.",
    category: "facilities",
    priority: "NORMAL",
    course: "canceled",
    reason: "The internship was postponed.",
  },
  {
    title: "Question about parental leave",
    description: "How far ahead do I have to hand in the form?",
    category: "hr",
    priority: "LOW",
    course: "done",
    comments: ["Seven weeks before; the form is in the handbook."],
  },
  {
    title: "Projector in the large meeting room has a green tint",
    description: "On both inputs and with two laptops.",
    category: "facilities",
    priority: "NORMAL",
    course: "done",
  },
  {
    title: "Установить редактор схем",
    description: "Лицензия есть, не хватает прав администратора.",
    category: "it",
    priority: "LOW",
    course: "done",
  },
  {
    title: "Company card limit for the trade fair",
    description: "We pay the stand on site: 3,000 instead of 1,000, for one week.",
    category: "finance",
    priority: "HIGH",
    course: "done",
    note: "Confirmed by phone with the head of department.",
  },
  {
    title: "Noisy fan in my laptop",
    description: "Since this morning, also when nothing runs.",
    category: "it",
    priority: "NORMAL",
    course: "started",
    comments: [
      "I will swap it tomorrow; please save your files to the server.",
      "Done, it can be swapped at any time.",
    ],
  },
  {
    title: "Нет воды в кулере на третьем этаже",
    description: "Пустой уже два дня.",
    category: "facilities",
    priority: "NORMAL",
    course: "started",
  },
  {
    title: "Certificate of employment in English",
    description: "For renting a flat; a scan is enough.",
    category: "hr",
    priority: "NORMAL",
    course: "started",
  },
  {
    title: "Test phone for the mobile team",
    description: "Any current model that still gets updates.",
    category: "it",
    priority: "NORMAL",
    course: "started",
    comments: ["Two are in stock. Which size do you prefer?"],
  },
  {
    title: "Возмещение расходов на конференцию",
    description: "Билет и гостиница, чеки приложу после согласования.",
    category: "finance",
    priority: "NORMAL",
    course: "started",
    note: "Ждём подтверждения бюджета.",
  },
  {
    title: "Email to a customer bounces",
    description: "Only to one domain, the message says that our address is on a block list.",
    category: "it",
    priority: "URGENT",
    course: "started",
    comments: ["We are in touch with the operator of the list."],
  },
  {
    title: "Blinds in room 210 are stuck",
    description: "Halfway down, on the left window.",
    category: "facilities",
    priority: "LOW",
    course: "claimed",
  },
  {
    title: "Доступ к общему календарю отдела",
    description: "Нужно видеть и создавать встречи.",
    category: "it",
    priority: "NORMAL",
    course: "claimed",
  },
  {
    title: "Meal vouchers are missing this month",
    description: "My colleagues have theirs.",
    category: "hr",
    priority: "HIGH",
    course: "claimed",
  },
  {
    title: "New keyboard",
    description: "The space bar only works on its right half.",
    category: "it",
    priority: "LOW",
    course: "withdrawn",
    reason: "It was only a crumb.",
  },
  {
    title: "Parking space for a visitor",
    description: "Next Tuesday from 9 to 12.",
    category: "facilities",
    priority: "NORMAL",
    course: "new",
  },
  {
    title: "Замена стула",
    description: "Не держится высота сиденья.",
    category: "facilities",
    priority: "NORMAL",
    course: "new",
  },
  {
    title: "Software licence expires on Friday",
    description: "The drawing program warns at each start. Three of us use it daily.",
    category: "it",
    priority: "HIGH",
    course: "new",
  },
  {
    title: "Purchase of a camera for product photos",
    description: "About 900; two offers are in the shared folder.",
    category: "finance",
    priority: "NORMAL",
    course: "new",
  },
  {
    title: "Wi-Fi does not reach the terrace",
    description: "It breaks off right behind the door.",
    category: "it",
    priority: "LOW",
    course: "new",
  },
  {
    title: "Изменение банковских реквизитов",
    description: "Новый счёт для зарплаты, заявление подписано.",
    category: "hr",
    priority: "HIGH",
    course: "new",
  },
  {
    title: "Two-factor app lost with my old phone",
    description: "I cannot sign in to anything any more.",
    category: "it",
    priority: "URGENT",
    course: "new",
  },
  {
    title: "Where do I hand in my old laptop?",
    description: "It lies in my drawer since spring.",
    category: "general",
    priority: "LOW",
    course: "new",
  },
];
