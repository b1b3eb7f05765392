"""The demo's campaigns in their other languages: what their owner would have translated."""

from __future__ import annotations

from collections.abc import Mapping

OWN = "en"
"""The campaigns' own language, in which `campaign` and `uses` have their texts."""

_GERMAN = {
    "Win a touring bike": "Gewinne ein Tourenrad",
    "**Bell & Spoke** is giving away a touring bike. Each of the eight actions below earns "
    "entries, and each entry is a chance to win.": "**Bell & Spoke** verlost ein Tourenrad. Jede "
    "der acht Aktionen unten bringt dir Lose, und jedes Los ist eine Chance auf den Gewinn.",
    "Win a bike": "Rad gewinnen",
    "A touring bike": "Ein Tourenrad",
    "In the colour of your choice.": "In deiner Wunschfarbe.",
    "A brass bell": "Eine Messingklingel",
    "Put something in your cart": "Leg etwas in deinen Warenkorb",
    "The daylight front light is a good start.": "Zum Beispiel das Frontlicht „Daylight“.",
    "Buy something at Bell & Spoke": "Kauf etwas bei Bell & Spoke",
    "Anything counts, and nothing is charged: this is a demo.": "Ganz gleich was, und es kostet "
    "nichts: Das hier ist eine Demo.",
    "Open an account": "Eröffne ein Kundenkonto",
    "All it takes is a name and an e-mail address.": "Name und E-Mail-Adresse genügen.",
    "Read the winter guide": "Lies den Winterratgeber",
    "Opening the page is all it takes.": "Es genügt, die Seite zu öffnen.",
    "Answer the rider survey": "Mach bei unserer Umfrage mit",
    "Three questions, one minute.": "Drei Fragen, eine Minute.",
    "Reach level 3 in our game": "Erreiche Level 3 in unserem Spiel",
    "Find the pairs, three boards in a row.": "Finde die Paare, drei Runden nacheinander.",
    "Invite a friend": "Lade jemanden ein",
    "Two of you ride better than one.": "Zu zweit fährt es sich besser.",
    "Use the gift finder": "Probier den Geschenkefinder aus",
    "Two questions to find the right gift.": "Zwei Fragen bis zum passenden Geschenk.",
    "The riders’ club": "Der Fahrradclub",
    "Do any two of these and get **10% off** your next order.": "Erledige zwei davon, und du "
    "bekommst **10\u00a0% Rabatt** auf deine nächste Bestellung.",
    "Enter it with your next order. (This shop is made up, and so is the code.)": "Gib ihn bei "
    "deiner nächsten Bestellung an. (Den Shop gibt es nicht, und den Code auch nicht.)",
    "Answer a question": "Beantworte eine Frage",
    "What eats chains in winter? (It is in the guide.)": "Was frisst im Winter Ketten? (Es steht "
    "im Ratgeber.)",
    "Bring a friend": "Bring jemanden mit",
    "Somebody you like to ride with joins the club.": "Mit wem fährst du gern? Hol sie oder ihn "
    "in den Club.",
    "A touring bike in front of green hills": "Ein Tourenrad vor grünen Hügeln",
    "An orange touring bike with a basket of flowers": "Ein oranges Tourenrad mit einem Korb "
    "voller Blumen",
    "A brass bell on a handlebar": "Eine Messingklingel an einem Lenker",
    "A pannier, a saddle, a bottle and a basket on a shelf": "Eine Packtasche, ein Sattel, eine "
    "Flasche und ein Korb auf einem Regal",
    "Bell & Spoke": "Bell & Spoke",
}
_ARABIC = {
    "Win a touring bike": "اربح دراجة رحلات",
    "**Bell & Spoke** is giving away a touring bike. Each of the eight actions below earns "
    "entries, and each entry is a chance to win.": "يقدّم متجر **Bell & Spoke** دراجة رحلات هدية. "
    "كل مهمة من المهام الثماني أدناه تمنحك فرصًا للفوز بها.",
    "Win a bike": "اربح دراجة",
    "A touring bike": "دراجة رحلات",
    "In the colour of your choice.": "باللون الذي تختاره.",
    "A brass bell": "جرس نحاسي",
    "Put something in your cart": "أضف منتجًا إلى سلتك",
    "The daylight front light is a good start.": "المصباح الأمامي Daylight بداية جيدة.",
    "Buy something at Bell & Spoke": "اشترِ شيئًا من Bell & Spoke",
    "Anything counts, and nothing is charged: this is a demo.": "أي منتج يُحتسب، ولن تدفع شيئًا: "
    "هذا عرض تجريبي.",
    "Open an account": "أنشئ حسابًا",
    "All it takes is a name and an e-mail address.": "يكفي الاسم والبريد الإلكتروني.",
    "Read the winter guide": "اقرأ دليل الشتاء",
    "Opening the page is all it takes.": "يكفي أن تفتح الصفحة.",
    "Answer the rider survey": "أجب عن استبيان الدرّاجين",
    "Three questions, one minute.": "ثلاثة أسئلة في دقيقة واحدة.",
    "Reach level 3 in our game": "صِل إلى المستوى 3 في لعبتنا",
    "Find the pairs, three boards in a row.": "ابحث عن الأزواج المتشابهة في ثلاث جولات متتالية.",
    "Invite a friend": "ادعُ صديقًا",
    "Two of you ride better than one.": "الطريق أجمل مع رفيق.",
    "Use the gift finder": "جرّب الباحث عن الهدايا",
    "Two questions to find the right gift.": "سؤالان يكفيان لإيجاد الهدية المناسبة.",
    "The riders’ club": "نادي الدرّاجين",
    "Do any two of these and get **10% off** your next order.": "أنجز أي مهمتين من هذه المهام "
    "واحصل على **خصم 10%** على طلبك التالي.",
    "Enter it with your next order. (This shop is made up, and so is the code.)": "أدخله مع طلبك "
    "التالي. (هذا المتجر من الخيال، وكذلك الرمز.)",
    "Answer a question": "أجب عن سؤال",
    "What eats chains in winter? (It is in the guide.)": "ما الذي يُتلف السلاسل في الشتاء؟ (الإجابة "
    "في الدليل.)",
    "Bring a friend": "أحضر صديقًا",
    "Somebody you like to ride with joins the club.": "شخص تحب الركوب معه ينضم إلى النادي.",
    "A touring bike in front of green hills": "دراجة رحلات أمام تلال خضراء",
    "An orange touring bike with a basket of flowers": "دراجة رحلات برتقالية فيها سلة زهور",
    "A brass bell on a handlebar": "جرس نحاسي على مقود دراجة",
    "A pannier, a saddle, a bottle and a basket on a shelf": "حقيبة دراجة وسرج وقارورة وسلة على رف",
    "Bell & Spoke": "Bell & Spoke",
}

TEXTS: Mapping[str, Mapping[str, str]] = {"de": _GERMAN, "ar": _ARABIC}
"""Their texts in each of the other languages, by the own ones."""
