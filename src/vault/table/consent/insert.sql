INSERT INTO consent (uid, patient, series, purpose, scope, event, wording, signer, expires, at)
VALUES (:uid, :patient, :series, :purpose, :scope, :event, :wording, :signer, :expires, :at)
