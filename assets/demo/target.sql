-- The sandbox's target database: three tables that a team might load every day.
CREATE TABLE customers (
  id      INTEGER PRIMARY KEY,
  name    VARCHAR(60) NOT NULL,
  country CHAR(2)     NOT NULL,
  since   DATE
);
CREATE TABLE orders (
  id       INTEGER PRIMARY KEY,
  customer VARCHAR(60)   NOT NULL,
  amount   DECIMAL(10,2) NOT NULL,
  ordered  DATE          NOT NULL,
  note     TEXT
);
CREATE TABLE stock (
  sku       VARCHAR(12) PRIMARY KEY,
  warehouse CHAR(3)     NOT NULL,
  quantity  INTEGER     NOT NULL CHECK (quantity >= 0),
  counted   TIMESTAMP   NOT NULL
);
INSERT INTO customers VALUES (1, 'Alpha Trading', 'DE', '2019-04-01'), (2, 'Bergwerk', 'AT', '2020-11-15');
INSERT INTO orders VALUES (100399, 'Alpha Trading', 240.00, '2026-01-04', NULL);
