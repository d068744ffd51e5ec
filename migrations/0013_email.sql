-- Where an account reads notices besides its telephone.

ALTER TABLE account ADD COLUMN email_sealed BYTES;
