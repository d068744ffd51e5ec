-- The code on a certificate is known again by a keyed digest, so that a genuine one is answered without checking its signature once more.
-- Certificates that were issued before have none: their codes are checked by the signature, as every unknown code is.

ALTER TABLE certificate ADD COLUMN code_mark BYTES;
