INSERT INTO merged_patient (patient, person, newest_consent, at)
VALUES (:patient, :person, (SELECT coalesce(max(id), 0) FROM consent), :at)
