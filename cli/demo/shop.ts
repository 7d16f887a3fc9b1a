/** The shop of the demonstration. Every row is made up: addresses of example.com, card numbers of test cards. */

export const SHOP = `
CREATE TABLE customers (
  id integer PRIMARY KEY, name text NOT NULL, email text NOT NULL, card_number text, phone text,
  created_at timestamptz NOT NULL
);
CREATE TABLE products (
  id integer PRIMARY KEY, sku text NOT NULL UNIQUE, title text NOT NULL, price_cents integer NOT NULL
);
CREATE TABLE orders (
  id integer PRIMARY KEY, customer_id integer NOT NULL REFERENCES customers, status text NOT NULL,
  total_cents integer NOT NULL, note text, created_at timestamptz NOT NULL
);
CREATE TABLE order_items (
  order_id integer NOT NULL REFERENCES orders, product_id integer NOT NULL REFERENCES products,
  quantity integer NOT NULL, price_cents integer NOT NULL, PRIMARY KEY (order_id, product_id)
);

INSERT INTO customers
SELECT n, 'Customer ' || n, 'customer' || n || '@example.com',
       (ARRAY['4111111111111111', '5555555555554444', '378282246310005'])[1 + n % 3],
       '+1 555 ' || to_char(100 + n, 'FM0000'), timestamptz '2026-01-01' + n * interval '7 hours'
  FROM generate_series(1, 40) n;

INSERT INTO products
SELECT n, 'SKU-' || to_char(n, 'FM000'), 'Product ' || n, 250 * n FROM generate_series(1, 12) n;

INSERT INTO orders
SELECT n, 1 + n % 40, (ARRAY['new', 'paid', 'shipped', 'returned'])[1 + n % 4], 0, NULL,
       timestamptz '2026-02-01' + n * interval '3 hours'
  FROM generate_series(1, 120) n;

INSERT INTO order_items
SELECT o.id, p.id, 1 + (o.id + p.id) % 3, p.price_cents
  FROM orders o JOIN products p ON (o.id + p.id) % 5 = 0;

UPDATE orders o SET total_cents =
  (SELECT coalesce(sum(quantity * price_cents), 0) FROM order_items i WHERE i.order_id = o.id);
`;
