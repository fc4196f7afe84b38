INSERT INTO consent (uid, patient, series, purpose, scope, event, wording, signer, signed, document, expires, at)
VALUES (:uid, :patient, :series, :purpose, :scope, :event, :wording, :signer, :signed, :document, :expires, :at)
