INSERT INTO consent (uid, patient, series, purpose, scope, event, wording, signer, document, expires, at)
VALUES (:uid, :patient, :series, :purpose, :scope, :event, :wording, :signer, :document, :expires, :at)
