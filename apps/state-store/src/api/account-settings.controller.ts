import { Controller } from '@nestjs/common';
import type { ApiReply, ApiRequest } from '#lib/messaging';
import { ApiCommand, ApiQuery } from '#lib/app/nest';
import { DomainApi } from '#lib/app';
import type { EcsState } from '#lib/ecs/model';

/** Account settings, a principal's own and the account's defaults. */
@Controller()
export class AccountSettingsController {
  constructor(private readonly api: DomainApi<EcsState>) {}

  @ApiCommand('ecs', 'PutAccountSetting')
  putAccountSetting(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutAccountSetting', request);
  }

  @ApiCommand('ecs', 'PutAccountSettingDefault')
  putAccountSettingDefault(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('PutAccountSettingDefault', request);
  }

  @ApiCommand('ecs', 'DeleteAccountSetting')
  deleteAccountSetting(request: ApiRequest): Promise<ApiReply> {
    return this.api.command('DeleteAccountSetting', request);
  }

  @ApiQuery('ecs', 'ListAccountSettings')
  listAccountSettings(request: ApiRequest): Promise<ApiReply> {
    return this.api.query('ListAccountSettings', request);
  }
}
