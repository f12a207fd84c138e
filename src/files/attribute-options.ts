import { flag, type Shape } from '../component/schema/schema.js';

/** Which attributes say where a record is from. */
export interface FileAttributesOptions {
  readonly include_file_name: boolean;
  readonly include_file_path: boolean;
  readonly include_file_name_resolved: boolean;
  readonly include_file_path_resolved: boolean;
  readonly include_file_owner_name: boolean;
  readonly include_file_owner_group_name: boolean;
  readonly include_file_permissions: boolean;
  readonly include_file_record_number: boolean;
  readonly include_file_record_offset: boolean;
}

export const fileAttributesShape: Shape<FileAttributesOptions> = {
  include_file_name: flag(true, { about: 'Add the name of the file as `log.file.name`.' }),
  include_file_path: flag(false, { about: 'Add its path as `log.file.path`.' }),
  include_file_name_resolved: flag(false, { about: 'Add the name behind links as `log.file.name_resolved`.' }),
  include_file_path_resolved: flag(false, { about: 'Add the path behind links as `log.file.path_resolved`.' }),
  include_file_owner_name: flag(false, { about: 'Add the name of its owner as `log.file.owner.name`.' }),
  include_file_owner_group_name: flag(false, { about: 'Add the name of its group as `log.file.owner.group.name`.' }),
  include_file_permissions: flag(false, { about: 'Add its permissions as `log.file.permissions`, such as `644`.' }),
  include_file_record_number: flag(false, {
    about: 'Add the number of the record in the file, from 1, as `log.file.record_number`.',
  }),
  include_file_record_offset: flag(false, {
    about: 'Add the place of the record in the file, in bytes, as `log.file.record_offset`.',
  }),
};
