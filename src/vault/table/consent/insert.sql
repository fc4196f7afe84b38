INSERT INTO consent (patient, series, purpose, scope, event, wording, signer, expires, at)
VALUES (:patient, :series, :purpose, :scope, :event, :wording, :signer, :expires, :at)
