-- Contacts that say the same address or number: each a question for an agent whether they are one person.
ALTER TABLE contact ADD COLUMN email TEXT TAKEN_FROM(body, email);
ALTER TABLE contact ADD COLUMN phone TEXT TAKEN_FROM(body, phone);
CREATE INDEX contact_by_email ON contact (email);
CREATE INDEX contact_by_phone ON contact (phone);
