"""Two menus to talk about: one in Chinese, one in English, with options of every kind."""

from __future__ import annotations

LUNCH = {
    "version": "lunch-1",
    "taken_at": "2026-11-22T03:30:00Z",
    "max_quantity": 20,
    "option_groups": {
        "spicy": {"exclusive": True, "options": [{"name": "微辣"}, {"name": "不辣", "aliases": ["不要辣"]}]},
        "greens": {"options": [{"name": "不要香菜"}, {"name": "不要葱"}, {"name": "加蛋", "price_fen": 200}]},
        "cup": {"exclusive": True, "options": [{"name": "大杯", "price_fen": 200}, {"name": "中杯"}]},
        "ice": {"exclusive": True, "options": [{"name": "少冰"}, {"name": "去冰"}]},
    },
    "merchants": [
        {
            "id": "wang",
            "name": "老王快餐",
            "aliases": ["老王"],
            "items": [
                {"id": "pork", "name": "红烧肉饭", "aliases": ["红烧肉"], "price_fen": 1600, "units": ["份"],
                 "options": ["spicy", "greens"], "stock": 30},
                {"id": "noodles", "name": "牛肉面", "aliases": [], "price_fen": 1400, "units": ["碗", "份"],
                 "options": ["spicy", "greens"], "stock": 30},
                {"id": "egg", "name": "番茄炒蛋", "aliases": [], "price_fen": 1250, "units": ["份"], "stock": 2},
                {"id": "cola1", "name": "可乐", "aliases": [], "price_fen": 300, "units": ["瓶"], "options": ["ice"]},
            ],
        },
        {
            "id": "tea",
            "name": "三号奶茶",
            "aliases": [],
            "items": [
                {"id": "lemon", "name": "柠檬水", "aliases": [], "price_fen": 600, "units": ["杯"],
                 "options": ["cup", "ice"]},
                {"id": "pearl", "name": "珍珠奶茶", "aliases": [], "price_fen": 900, "units": ["杯"],
                 "options": ["cup", "ice"]},
                {"id": "cola2", "name": "可乐", "aliases": [], "price_fen": 350, "units": ["瓶"], "options": ["ice"]},
            ],
        },
    ],
}  # fmt: skip

DINER = {
    "version": "diner-1",
    "taken_at": "2026-11-22T03:30:00Z",
    "max_quantity": 20,
    "language": "en",
    "option_groups": {
        "size": {"exclusive": True, "options": [{"name": "large", "price_fen": 100}, {"name": "small"}]},
        "extras": {"options": [{"name": "no onions"}, {"name": "extra cheese", "price_fen": 150}]},
        "ice": {"exclusive": True, "options": [{"name": "no ice"}, {"name": "less ice"}]},
    },
    "merchants": [
        {
            "id": "diner",
            "name": "Corner Diner",
            "aliases": [],
            "items": [
                {"id": "burger", "name": "cheeseburger", "aliases": [], "price_fen": 2500, "units": [],
                 "options": ["extras"], "stock": 20},
                {"id": "fries", "name": "french fries", "aliases": ["fries"], "price_fen": 900, "units": [],
                 "options": ["size"], "stock": 20},
                {"id": "lemonade", "name": "lemonade", "aliases": [], "price_fen": 700, "units": [],
                 "options": ["size", "ice"], "stock": 20},
            ],
        },
    ],
}  # fmt: skip
