"""The words of the language, in English: phrases parted by semicolons, under the names of `lexicon.Word`."""

from __future__ import annotations

from typing import Final

ENGLISH_PHRASES: Final[dict[str, str]] = {
    "fill": """
        do me a favor; do me a favor and; a favor; favor; a minute; a second; a moment; a while; a lot; a few;
        have a nice day; have a great day; a question; if you don't mind; no problem; no rush; no thanks;
        no thank you; that will be all; nothing else; please; pls; thanks; thank you; thanks a lot; thanks so much;
        thank you very much; so; hi; hello; hey; yes; yeah; yep; okay; well; just; also; too; as well; again; size;
        sized; in size; in that; in it; on top; on there; on that; the; some; to; for me; my order today is;
        my order is; my order for today is; my order for today; that's all; that's it; this; that; it; one of;
        for today; let's see; lets see; i think; i guess; i think i'll; today; and then; oh; um; uh; maybe; only;
        style; kind; which; which is; which are; are; is; all; each; both; drinks; topping; toppings; for toppings;
        for the toppings; them; these; those; make; make it; put; put some; added; included; including; should be;
        should include; dressed; how are you; how are you tonight; how are you today; good morning; good evening;
        good afternoon; i appreciate it; will; do; at; be; your; you; now; hmm; if possible; in; on; of; over;
        of them; there; inside; whole; pieces; i like the; has; have; has to have; but; from; out; by; my; i; we;
        us; any; it's; it to be; in addition; and please; and also; can you; could you; can you put; could you put;
        go ahead; need; would; could; should; going; gonna; type; count; sir; ma'am; miss; man; with that;
        in that one; for that; on the top; on it; at the top; to it; to that; to that as well; for a; rush;
        in total; in all; total; right; sure; um yeah
    """,
    "want": """
        i was wondering if i could get; i was wondering if i could have; i was hoping to get; i was hoping for;
        i was thinking; i was looking for; i was going to get; place my order for; place a rush order for;
        this order is for; this is an order for; my order is; the order is for; i want to place an order for;
        i would like to place an order for; i'd like to place an order for; i want; i would like; i'd like; id like;
        i will have; i'll have; ill have; i'll take; ill take; i will take; i need; can i get; can i have;
        could i get; could i have; may i have; may i get; let me get; let me have; get me; give me; i'd love;
        i would love; i'll get; i will get; i'll try; i'd try; i will try; i'll go for; i'll go with;
        i will go with; i will go for; let me go with; order; place an order for; place an order;
        put an order in for; put in an order for; put an order; start an order for; begin an order for;
        i wish to have; i wanted to have; i want to get; i want to order; i'd like to get; i'd like to have;
        i'd like to order; i would like to order; i would like to have; i would like to try; i would like to get;
        i want to try; i want to have; i prefer; i prefer to have; i like to have; i like to order; lets get;
        let's get; do me; bring me; send me; i'm ordering; we want; we need; we'd like; can you get me;
        could you get me; i'd also like; i would also like; i also want; i also need; i'll also have; all i want is;
        i need to order; i need to get; may i please have; can i please have; can i please get; could i please have;
        can we get; can we have; could we get; i'll order; i will order; i also would like; i'd also like to get;
        can i order; can i try; can i also have; can i also get; i just want; i'll just take; i need an order of;
        let me have an order of; an order of; an order for; i feel like trying; get; want; have; gimme; lemme get;
        i'd like to try; i need you to place an order for; could you order; can you order; please order me;
        i am going to have; i'm going to have; i'm gonna have; i would love to have; i can have; i'd want;
        i would want; i'd get; i'd take; i would get; i would take; ordering
    """,
    "side": """
        side of; a side of; a side order of; side order of; side orders of; sides of; and a side of; on the side;
        as a side; for a side; for the side; for my side; for my side item; side; side order; sides; order of;
        orders of; for my drink; to drink; for a drink; for drinks; as a drink; for the drink; with a side of;
        as my drink; as my side; for my sides; as sides; for my drinks; side item; bag of; bags of; a bag of;
        cup of; cups of; glass of; glasses of; bottle of; bottles of; can of; cans of; pack of; packs of; box of;
        basket of; slice of; slices of; piece of; pieces of; pair of; cup; bag; carton of; cartons of; loaf of;
        loaves of; jar of; jars of; pot of; pots of; plate of; plates of
    """,
    "conn": """
        and; plus; or; nor; then; and then; comma; also; as well as; together with; along with; along with a; &
    """,
    "with": """
        with; topped with; having; containing; covered with; loaded with; dressed with; filled with; including;
        along with; which has; that has; with only; and on that please put; i want that with; i'd like that with;
        it should have; add; put; with some; include; i'll try; and for toppings; for toppings;
        toppings should include; and i want; and i'd like; i want; and put
    """,
    "no": """
        without adding; without the; with no; and no; leave off any; do without; but hold; but hold the; but not;
        but without; no; without; hold; hold the; hold on; hold on the; avoid; please avoid; leave off;
        leave off the; leave out; leave out the; don't add; do not add; do no add; don't put; do not put;
        don't want; do not want; i don't want; i do not want; dont want; dont add; dont put; please don't add;
        please don't put; without any; no any; hate; skip; skip the; minus; exclude; remove; take off; but no; not;
        never; don't include; do not include; wihout; with out; don't need; i don't like; i hate; i don't need;
        need to avoid; i need to avoid; please no; don't like; do not include any; not want; none of; please hold;
        cannot have; can't have; refrain from; allergic to; keep off; i want no; not any
    """,
    "more": "extra; more; additional; double; triple; lots of extra",
    "less": """
        light; lite; less; easy on; easy on the; go easy on; go easy on the; a little; a little bit of; a bit of;
        just a little; not too much; not much
    """,
    "oops": """
        sorry; wait no; wait; i mean; my mistake; actually; scratch that; no wait; make that; change that to
    """,
    "chat": """
        delicious; tasty; yummy; awful; anyone; who; somebody; someone; why; because; loved; best; worst; video;
        game; homework; exam; movie; recipe; review; lol; haha; yesterday; last night; last week; ate; drank;
        stomach; funny; terrible; amazing; restaurant; waiter; service; place; atmosphere; they; she; he; her; his;
        cold and soggy; soggy; was dry; were dry; stale; overrated; underrated; one star; five stars; friendly;
        staff; jittery; can't sleep; cannot sleep; bad for you; good for you; minutes; months; weeks; my roommate;
        roommate; my mom; mom's; birthday; laptop; library; lecture; umbrella; wifi; password; meeting; cute; miss;
        selling; basketball; football; tonight at; let's go; crave; craving; obsessed; calories; leftover; leftovers
    """,
    "past": """
        was so; was good; was great; was fine; was bad; was cold; was terrible; were so; were good; were great;
        were bad; were cold; were broken; were terrible; ordered; i ordered; bought; i bought; waited; we waited;
        spilled; forgot; tasted; came; went; arrived; i had; we had; he had; she had; they had; had been; only got;
        got only; just ate; just drank; used to; broken
    """,
    "drop": """
        scratch; scratch the; forget; forget the; forget about; forget about the; never mind the; nevermind the;
        drop the; lose the; cancel the; instead of; instead of the; instead of a; rather than; rather than the
    """,
    "ask": "is the; is there; are the; are there; does the; do the; is it true",
    "cancel": "cancel; cancel my order; cancel the order; cancel order; cancel it; i don't want it anymore",
    "status": """
        where is my order; where's my order; where is my food; order status; has it arrived; is it coming;
        how long until my order arrives; track my order; when will my order arrive; when will it arrive; where's my;
        where is my; has my; did my; when will my; when does my; is my order; is my food;
        when will my food get here; how long for my; what happened to my
    """,
    "menu": """
        menu; what do you have; what do you sell; how much; how much is; how much are; how much does; price;
        do you have; is there any; do you sell; what kinds of; what's on the menu; are you open; price of; sold out;
        in stock
    """,
    "help": """
        help; how to order; how do i order; how does this work; how can i order; instructions; how do i use this;
        how do i place an order; how to place an order; how can i place an order; how do you order
    """,
    "same": """
        same; the same; same again; same as above; same as last time; the usual; ditto; same thing; another one;
        one more; me too; same for me; same here; same for us; i'll have the same; the same for me
    """,
    "goods": """
        napkins; napkin; straw; straws; chopsticks; cutlery; fork; forks; utensils; receipt; plates; ketchup packets
    """,
    "deliver": """
        leave it; leave it at; leave at; drop it at; bring it to; send it to; at door; asap; deliver; deliver to;
        deliver it to; delivery; room; dorm; leave it at the door; at the door; call me; text me
    """,
    "note": "note; notes; remark; remarks",
}

#: words of the language, never taken for misspelt words of a menu
KNOWN_WORDS: Final = frozenset(
    word for table in ENGLISH_PHRASES.values() for phrase in table.split(";") for word in phrase.split()
)
