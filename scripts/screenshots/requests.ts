import type { Priority } from "@serviceflow/sdk";
import type { PersonName, Words } from "./office.ts";

/** `12m`, `3h` or `2d`. */
type Span = `${number}${"m" | "h" | "d"}`;

/** Something that happens to a request, some time after it was filed. */
export type Step =
  | readonly [after: Span, by: PersonName, does: "claim" | "start" | "finish" | "release" | "read"]
  | readonly [after: Span, by: PersonName, does: "reply" | "note" | "cancel", text: Words]
  | readonly [after: Span, by: PersonName, does: "priority", to: Priority];

export interface OfficeRequest {
  /** How long before the moment of the pictures. */
  ago: Span;
  by: PersonName;
  category: "it" | "hr" | "facilities" | "finance" | "general";
  priority?: Priority;
  title: Words;
  text: Words;
  steps?: readonly Step[];
}

const MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export function spanMs(span: Span): number {
  return Number(span.slice(0, -1)) * MS[span.at(-1) as keyof typeof MS];
}

/** What is open, and what was closed last; oldest first. */
export const REQUESTS: readonly OfficeRequest[] = [
  {
    ago: "13d",
    by: "tom",
    category: "it",
    priority: "LOW",
    title: [
      "Install the drawing program on the spare laptop",
      "Поставить чертёжную программу на запасной ноутбук",
    ],
    text: [
      "The licence is ours; it only lacks administrator rights.",
      "Лицензия есть, не хватает прав администратора.",
    ],
    steps: [
      ["3h", "ben", "claim"],
      ["1d", "ben", "start"],
      ["2d", "ben", "finish"],
    ],
  },
  {
    ago: "12d",
    by: "lucia",
    category: "hr",
    title: ["Certificate of employment in English", "Справка с места работы на английском"],
    text: ["For renting a flat; a scan is enough.", "Для аренды квартиры, достаточно скана."],
    steps: [
      ["2h", "priya", "start"],
      [
        "1d",
        "priya",
        "reply",
        ["It is in your mailbox, signed.", "Отправлено на почту, с подписью."],
      ],
      ["1d", "priya", "finish"],
    ],
  },
  {
    ago: "11d",
    by: "henrik",
    category: "facilities",
    priority: "HIGH",
    title: ["Heating in room 304 does not switch off", "В комнате 304 не выключается отопление"],
    text: ["It is 27 degrees in there, also at night.", "Там 27 градусов, даже ночью."],
    steps: [
      ["1h", "ivan", "start"],
      [
        "6h",
        "ivan",
        "reply",
        ["The valve was stuck and has been replaced.", "Заел вентиль, его заменили."],
      ],
      ["7h", "ivan", "finish"],
    ],
  },
  {
    ago: "10d",
    by: "june",
    category: "finance",
    priority: "LOW",
    title: ["Reimbursement for the train to Leipzig", "Возместить билеты на поезд в Казань"],
    text: [
      "Two tickets, 84.60 in all. The receipts are in the shared folder.",
      "Два билета, всего 8 460. Чеки в общей папке.",
    ],
    steps: [
      ["1d", "priya", "start"],
      ["2d", "priya", "finish"],
    ],
  },
  {
    ago: "9d",
    by: "marta",
    category: "it",
    priority: "HIGH",
    title: [
      "Docking station: screens go black for a second",
      "Док-станция: экраны гаснут на секунду",
    ],
    text: [
      "Several times an hour, on both screens at once.",
      "Несколько раз в час, на обоих экранах сразу.",
    ],
    steps: [
      ["2h", "ivan", "start"],
      [
        "3h",
        "ivan",
        "reply",
        [
          "New firmware for the dock is installed. Tell me if it comes back.",
          "На док установлена новая прошивка. Если повторится, напишите.",
        ],
      ],
      ["2d", "ivan", "finish"],
    ],
  },
  {
    ago: "8d",
    by: "nadia",
    category: "it",
    title: ["Shared calendar for the events team", "Общий календарь для отдела мероприятий"],
    text: [
      "Five people need to see and create appointments.",
      "Пять человек должны видеть и создавать встречи.",
    ],
    steps: [
      ["1h", "dana", "start"],
      [
        "5h",
        "dana",
        "reply",
        ["Done; it appears after the next sign-in.", "Готово, появится после следующего входа."],
      ],
      ["6h", "dana", "finish"],
    ],
  },
  {
    ago: "7d",
    by: "aiko",
    category: "facilities",
    priority: "LOW",
    title: ["Name plates for rooms 410 to 418", "Таблички на комнаты с 410 по 418"],
    text: [
      "The list with the spelling is attached to the door of 410.",
      "Список с написанием висит на двери 410.",
    ],
    steps: [["1d", "priya", "claim"]],
  },
  {
    ago: "6d",
    by: "oskar",
    category: "it",
    title: ["A second monitor for the home desk", "Второй монитор для работы из дома"],
    text: [
      "I work with two spreadsheets side by side all day.",
      "Весь день работаю с двумя таблицами рядом.",
    ],
    steps: [
      ["4h", "ben", "claim"],
      [
        "1d",
        "ben",
        "cancel",
        [
          "A monitor is already reserved for the new desk.",
          "Монитор уже заказан вместе с новым столом.",
        ],
      ],
    ],
  },
  {
    ago: "5d",
    by: "tom",
    category: "it",
    title: [
      "My phone number did not move with me to the Riga office",
      "Номер телефона не переехал со мной в другой офис",
    ],
    text: [
      "Calls still ring at my old desk in room 210.",
      "Звонки приходят на старое место в комнате 210.",
    ],
  },
  {
    ago: "5d",
    by: "lucia",
    category: "facilities",
    title: ["Key of cabinet 312 broke off in the lock", "Ключ от шкафа 312 сломался в замке"],
    text: [
      "Half of it is still inside. The contracts of this quarter are in there.",
      "Половина осталась внутри, а там договоры за квартал.",
    ],
    steps: [
      ["3h", "ivan", "start"],
      [
        "4h",
        "ivan",
        "reply",
        ["The locksmith comes on Wednesday between 9 and 11.", "Мастер придёт в среду с 9 до 11."],
      ],
    ],
  },
  {
    ago: "4d",
    by: "henrik",
    category: "hr",
    title: [
      "Parental leave: who signs the form when the lead is away?",
      "Отпуск по уходу: кто подпишет заявление без руководителя?",
    ],
    text: [
      "Mine is travelling until December, and the form is due on Friday.",
      "Мой в командировке до декабря, а подать нужно до пятницы.",
    ],
    steps: [
      ["2h", "ivan", "start"],
      [
        "1d",
        "ivan",
        "reply",
        [
          "Your department's deputy may sign. Send it to me afterwards.",
          "Может подписать заместитель. Потом пришлите мне.",
        ],
      ],
    ],
  },
  {
    ago: "4d",
    by: "june",
    category: "it",
    priority: "HIGH",
    title: ["Two-factor codes arrive an hour late", "Коды для входа приходят через час"],
    text: [
      "By the time they come they have expired. I work from a colleague's screen.",
      "К этому времени они уже не действуют. Работаю за чужим компьютером.",
    ],
    steps: [
      ["1h", "dana", "start"],
      [
        "2h",
        "dana",
        "reply",
        [
          "Please switch the phone's clock to automatic and try once more.",
          "Включите на телефоне автоматическое время и попробуйте ещё раз.",
        ],
      ],
      [
        "3h",
        "june",
        "reply",
        ["That was it, they work again. Thank you!", "Помогло, коды приходят. Спасибо!"],
      ],
      ["3h", "dana", "read"],
    ],
  },
  {
    ago: "3d",
    by: "aiko",
    category: "facilities",
    title: [
      "Parking space for a visiting auditor, 2 to 4 December",
      "Парковка для аудитора со 2 по 4 декабря",
    ],
    text: ["The number plate follows on Monday.", "Номер машины пришлю в понедельник."],
  },
  {
    ago: "3d",
    by: "nadia",
    category: "facilities",
    priority: "LOW",
    title: ["Window on stairs B does not close", "Не закрывается окно на лестнице Б"],
    text: [
      "It stays open by a hand's breadth. Rain came in on Friday.",
      "Остаётся щель в ладонь, в пятницу залило ступени.",
    ],
  },
  {
    ago: "3d",
    by: "oskar",
    category: "finance",
    title: ["Invoice with our old address", "Счёт со старым адресом"],
    text: [
      "The supplier still uses our old street. Invoice 2291.",
      "Поставщик указывает прежнюю улицу, счёт 2291.",
    ],
    steps: [
      ["2h", "priya", "start"],
      ["5h", "priya", "reply", ["They have sent a corrected one.", "Прислали исправленный."]],
      ["6h", "priya", "finish"],
    ],
  },
  {
    ago: "2d",
    by: "marta",
    category: "hr",
    priority: "HIGH",
    title: [
      "October pay slip is missing two night shifts",
      "В расчётном листке за октябрь нет двух ночных смен",
    ],
    text: [
      "The 14th and the 23rd. My lead has confirmed both in the roster.",
      "14-е и 23-е. Руководитель подтвердил обе в графике.",
    ],
    steps: [
      ["2h", "dana", "claim"],
      [
        "4h",
        "dana",
        "reply",
        [
          "I have asked payroll and will tell you tomorrow.",
          "Спросили расчётный отдел, завтра будет ответ.",
        ],
      ],
      [
        "1d",
        "marta",
        "reply",
        [
          "Any news? The deadline for November is on Wednesday.",
          "Есть новости? Приём за ноябрь закрывается в среду.",
        ],
      ],
    ],
  },
  {
    ago: "2d",
    by: "tom",
    category: "it",
    priority: "LOW",
    title: ["Move the drawing licence to my new computer", "Перенести лицензию на новый компьютер"],
    text: ["The old one is in the cupboard of room 118.", "Старый лежит в шкафу, комната 118."],
  },
  {
    ago: "2d",
    by: "henrik",
    category: "it",
    title: ["Test phones for the mobile team", "Тестовые телефоны для мобильной команды"],
    text: [
      "Two current models that still get updates.",
      "Две новые модели, которые ещё получают обновления.",
    ],
    steps: [
      ["1h", "ben", "start"],
      [
        "3h",
        "ben",
        "reply",
        ["Three are in stock. Which size do you prefer?", "На складе три. Какой размер удобнее?"],
      ],
    ],
  },
  {
    ago: "2d",
    by: "june",
    category: "facilities",
    title: ["Ceiling lamp over my desk flickers", "Мигает лампа над моим столом"],
    text: ["Room 221, the second from the window.", "Комната 221, вторая от окна."],
    steps: [
      ["3h", "ben", "start"],
      ["20h", "ben", "reply", ["Replaced this morning.", "Заменили утром."]],
      ["20h", "ben", "finish"],
      ["21h", "june", "read"],
    ],
  },
  {
    ago: "27h",
    by: "lucia",
    category: "finance",
    priority: "URGENT",
    title: [
      "Invoice printer prints blank pages, the month closes today",
      "Принтер счетов печатает пустые листы, сегодня закрытие месяца",
    ],
    text: [
      "Since the toner was changed. We have 140 invoices to send before six.",
      "После замены картриджа. До шести нужно отправить 140 счетов.",
    ],
    steps: [
      ["10m", "dana", "start"],
      ["15m", "dana", "reply", ["On my way with a new drum.", "Несу новый барабан."]],
      [
        "2h",
        "lucia",
        "reply",
        ["It prints, but with a grey edge at the left.", "Печатает, но слева серая полоса."],
      ],
      ["3h", "dana", "read"],
    ],
  },
  {
    ago: "26h",
    by: "oskar",
    category: "facilities",
    title: ["Heating in the archive stays at 14 degrees", "В архиве держится 14 градусов"],
    text: [
      "Nobody can work in there for longer than half an hour.",
      "Дольше получаса там не поработать.",
    ],
  },
  {
    ago: "25h",
    by: "nadia",
    category: "it",
    title: ["Wi-Fi does not reach the terrace", "Беспроводная сеть не достаёт до террасы"],
    text: ["It breaks off right outside the door.", "Пропадает сразу за дверью."],
    steps: [["2h", "priya", "claim"]],
  },
  {
    ago: "24h",
    by: "aiko",
    category: "hr",
    title: [
      "Move one week of leave from July to August",
      "Перенести неделю отпуска с июля на август",
    ],
    text: ["My lead has agreed.", "С руководителем согласовано."],
    steps: [
      ["1h", "priya", "start"],
      ["4h", "priya", "finish"],
    ],
  },
  {
    ago: "23h",
    by: "tom",
    category: "finance",
    title: ["Company card limit for the trade fair", "Лимит корпоративной карты на время выставки"],
    text: [
      "We pay for the stand on site: 3,000 instead of 1,000, for one week.",
      "Стенд оплачиваем на месте: 300 000 вместо 100 000, на неделю.",
    ],
    steps: [
      ["2h", "priya", "start"],
      [
        "3h",
        "priya",
        "note",
        [
          "Confirmed by phone with the head of sales.",
          "Подтверждено по телефону с начальником отдела.",
        ],
      ],
    ],
  },
  {
    ago: "22h",
    by: "henrik",
    category: "it",
    title: [
      "Access to the sales dashboard, read only",
      "Доступ к отчётам по продажам, только чтение",
    ],
    text: ["My manager has agreed.", "Руководитель согласен."],
    steps: [
      ["1h", "ivan", "start"],
      ["2h", "ivan", "finish"],
    ],
  },
  {
    ago: "20h",
    by: "marta",
    category: "general",
    priority: "LOW",
    title: ["Where do I hand in my old laptop?", "Куда сдать старый ноутбук?"],
    text: ["It has been in my drawer since spring.", "Лежит в ящике с весны."],
  },
  {
    ago: "19h",
    by: "june",
    category: "facilities",
    priority: "LOW",
    title: ["Second monitor arm for a standing desk", "Кронштейн для второго монитора"],
    text: ["The one we have only holds a single screen.", "Имеющийся держит только один экран."],
    steps: [
      ["1h", "june", "cancel", ["A colleague had a spare one.", "Нашёлся лишний у коллеги."]],
    ],
  },
  {
    ago: "18h",
    by: "lucia",
    category: "it",
    title: [
      "Shared mailbox for applications, three people",
      "Общий ящик для откликов, три человека",
    ],
    text: ["With the right to send as the mailbox.", "С правом отправлять от имени ящика."],
    steps: [["15h", "ben", "claim"]],
  },
  {
    ago: "17h",
    by: "aiko",
    category: "facilities",
    title: [
      "Recycling bins for the second kitchen",
      "Контейнеры для раздельного мусора на вторую кухню",
    ],
    text: [
      "One for paper and one for glass would do.",
      "Хватит одного для бумаги и одного для стекла.",
    ],
  },
  {
    ago: "16h",
    by: "oskar",
    category: "it",
    priority: "HIGH",
    title: [
      "Shared mailbox orders@ has received nothing since Monday",
      "В ящик orders@ с понедельника ничего не приходит",
    ],
    text: [
      "Customers say that their mail does not bounce either.",
      "Клиенты говорят, что письма к ним не возвращаются.",
    ],
    steps: [
      ["1h", "priya", "start"],
      [
        "2h",
        "priya",
        "note",
        [
          "A rule from the migration moves everything to Junk. Waiting for the owner's consent.",
          "Правило после переезда складывает всё в спам. Ждём согласия владельца ящика.",
        ],
      ],
      [
        "14h",
        "oskar",
        "reply",
        [
          "Two orders came by phone. We need to know what was lost.",
          "Два заказа пришли по телефону. Нужно понять, что пропало.",
        ],
      ],
    ],
  },
  {
    ago: "15h",
    by: "monitoring",
    category: "it",
    priority: "HIGH",
    title: [
      "Disk of the file server will be full in 3 days",
      "Диск файлового сервера заполнится через 3 дня",
    ],
    text: [
      "91 % used, 2.1 % more each day. Volume: projects.",
      "Занято 91 %, прирост 2,1 % в день. Том: projects.",
    ],
  },
  {
    ago: "5h",
    by: "henrik",
    category: "facilities",
    title: [
      "Projector in room Baltic shows a green line",
      "Проектор в комнате «Байкал» показывает зелёную полосу",
    ],
    text: ["On both inputs and with two laptops.", "На обоих входах и с двумя ноутбуками."],
    steps: [["1h", "ivan", "claim"]],
  },
  {
    ago: "4h",
    by: "tom",
    category: "hr",
    title: ["Meal vouchers are missing this month", "Нет талонов на питание за этот месяц"],
    text: ["My colleagues have theirs.", "У коллег они есть."],
  },
  {
    ago: "3h",
    by: "nadia",
    category: "it",
    title: [
      "Access to the payroll folder for the new accountant",
      "Доступ к папке с зарплатами для нового бухгалтера",
    ],
    text: [
      "From the 1st, the same rights as for the colleague in room 105.",
      "С 1-го числа, права как у коллеги из комнаты 105.",
    ],
  },
  {
    ago: "150m",
    by: "june",
    category: "hr",
    title: ["Certificate of employment for a visa application", "Справка с места работы для визы"],
    text: [
      "In English, with a stamp. The appointment is on 4 December.",
      "На английском языке и с печатью. Приём 4 декабря.",
    ],
    steps: [
      ["40m", "priya", "start"],
      [
        "45m",
        "priya",
        "reply",
        [
          "It will be ready on Thursday. Shall I send a scan first?",
          "Будет готова в четверг. Прислать сначала скан?",
        ],
      ],
    ],
  },
  {
    ago: "2h",
    by: "aiko",
    category: "it",
    title: [
      "Video calls freeze whenever I share a window",
      "Видеозвонки зависают, когда показываю окно",
    ],
    text: [
      "The whole screen works. It began with yesterday's update.",
      "Весь экран показывает нормально. Началось после вчерашнего обновления.",
    ],
  },
  {
    ago: "93m",
    by: "marta",
    category: "it",
    priority: "NORMAL",
    title: [
      "Notebook does not wake from sleep after the update",
      "Ноутбук не просыпается после обновления",
    ],
    text: [
      "After yesterday's update my notebook no longer wakes when I open the lid. The power light is on, the screen stays black. I have to hold the power button and lose what was open. It has happened four times since this morning.",
      "После вчерашнего обновления ноутбук не просыпается, когда открываю крышку. Индикатор горит, экран чёрный. Приходится держать кнопку питания, открытые документы пропадают. С утра так было четыре раза.",
    ],
    steps: [
      ["3m", "ivan", "priority", "HIGH"],
      ["9m", "dana", "start"],
      [
        "12m",
        "dana",
        "reply",
        [
          "Hello Marta. Is it on the dock when it happens, and does the light blink or stay on?",
          "Здравствуйте. Ноутбук в это время на док-станции? Индикатор мигает или горит?",
        ],
      ],
      [
        "28m",
        "marta",
        "reply",
        [
          "Yes, on the dock. It blinks twice, then nothing. At home, without the dock, it was fine.",
          "Да, на станции. Мигает два раза, и всё. Дома, без станции, работает.",
        ],
      ],
      [
        "40m",
        "ivan",
        "note",
        [
          "Third one from the same batch, see {dock}. All on dock firmware 1.4.2. Please do not swap the board before the supplier answers.",
          "Третий из этой партии, см. {dock}. У всех прошивка станции 1.4.2. Плату не менять, пока не ответит поставщик.",
        ],
      ],
      ["53m", "dana", "read"],
      [
        "79m",
        "marta",
        "reply",
        [
          "It runs again for now. May I come by before noon? I present at 14:00 and cannot risk a black screen in front of the customer.",
          "Сейчас работает. Можно зайти до обеда? В 14:00 показываю презентацию клиенту, чёрный экран будет некстати.",
        ],
      ],
    ],
  },
  {
    ago: "70m",
    by: "oskar",
    category: "it",
    priority: "HIGH",
    title: [
      "VPN drops every ten minutes on the fourth floor",
      "VPN на четвёртом этаже рвётся каждые десять минут",
    ],
    text: [
      "Only there, and only since the new access points were put up. Five of us see it.",
      "Только там и только с новыми точками доступа. Нас таких пятеро.",
    ],
  },
  {
    ago: "41m",
    by: "lucia",
    category: "finance",
    title: ["Purchase of a camera for product photos", "Покупка камеры для съёмки товаров"],
    text: [
      "About 900; two offers are in the shared folder.",
      "Около 90 000, два предложения в общей папке.",
    ],
  },
  {
    ago: "28m",
    by: "tom",
    category: "facilities",
    title: [
      "Chair in room 305 sinks while one sits on it",
      "Кресло в комнате 305 опускается под весом",
    ],
    text: ["The height does not hold any more.", "Высота больше не держится."],
  },
  {
    ago: "12m",
    by: "june",
    category: "facilities",
    priority: "HIGH",
    title: [
      "Badge reader at the north entrance rejects every card",
      "Считыватель у северного входа не принимает карты",
    ],
    text: [
      "Since about ten o'clock the reader blinks red for everybody, also for guests with day cards. We have propped the door open and the guard checks badges by hand, but he leaves at 12.\n\nThe reader at the south entrance works.",
      "Примерно с десяти часов считыватель мигает красным у всех, у гостей тоже. Дверь мы подпёрли, охранник смотрит пропуска сам, но в 12 его смена кончается.\n\nУ южного входа считыватель работает.",
    ],
    steps: [
      ["2m", "june", "priority", "URGENT"],
      [
        "6m",
        "ivan",
        "note",
        [
          "The controller lost its time after last night's power test, as in {heating}. A restart from the panel in 1-007 helps; I am in Riga until Thursday.",
          "После ночной проверки питания контроллер потерял время, как в {heating}. Помогает перезапуск со щита в 1-007, но я до четверга в отъезде.",
        ],
      ],
    ],
  },
];

/** Requests that texts refer to, by their place in the list. */
export const REFERENCES: Readonly<Record<string, number>> = { heating: 2, dock: 4 };

/** What was closed in the weeks before; some of it came up again and again. */
export const PAST_TITLES: readonly Words[] = [
  ["Password reset after leave", "Сброс пароля после отпуска"],
  ["Printer on the second floor jams", "Застревает бумага в принтере на втором этаже"],
  ["Access card for a new colleague", "Пропуск для нового сотрудника"],
  ["Expense report for October", "Авансовый отчёт за октябрь"],
  ["Laptop for a new colleague", "Ноутбук для нового сотрудника"],
  ["Water dispenser is empty", "Нет воды в кулере"],
  ["Certificate for the tax office", "Справка для налоговой"],
  ["Headset without sound", "Нет звука в гарнитуре"],
  ["Blinds in room 210 are stuck", "Заело жалюзи в комнате 210"],
  ["Invoice was booked twice", "Счёт проведён дважды"],
  ["More space in the mailbox", "Увеличить почтовый ящик"],
  ["Question about remaining leave", "Сколько осталось дней отпуска"],
];
