DROP TABLE contacts;
DROP TABLE profiles;
DROP TABLE companies;
