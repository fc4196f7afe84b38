-- What layout 4 brought: the day of a signature.
INSERT INTO consent (uid, patient, series, purpose, scope, event, wording, signer, signed, at)
VALUES (randomblob(16), 1, NULL, 'website', 'region', 'granted', '2', 'patient', '2026-01-04', 1770000000000);
