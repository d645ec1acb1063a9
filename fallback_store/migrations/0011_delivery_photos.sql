-- Photos couriers take of what they delivered, by the vendor's id; the picture itself stays with the vendor.
CREATE TABLE delivery_photos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: an old button names no later photo
    order_id TEXT REFERENCES orders (id),        -- NULL until the courier says which order it shows
    channel TEXT NOT NULL,                       -- the only one its id means anything on
    picture_id TEXT NOT NULL,
    by TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_photos_of_order ON delivery_photos (order_id);
