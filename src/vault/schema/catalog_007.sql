-- A list of patients counts their photos by the index alone; of the few photos that were put aside it asks which are the raw
-- half of another one.
CREATE INDEX photo_rejected_by_patient ON photo (patient) WHERE slot = 'rejected';
