DROP TABLE stock_movements;
DROP TABLE stock;
DROP TABLE locations;
DROP TABLE products;
DROP TABLE suppliers;
